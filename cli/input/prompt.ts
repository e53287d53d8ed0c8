import { asFailure, exit, Failure, withTruth } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'

type Question =
  | { type: 'password'; message: string; mask: string }
  | { type: 'input'; message: string; validate(text: string): string | true }
  | { type: 'confirm'; message: string; default: boolean }

type AnswerTo<Q extends Question> = Q extends { type: 'confirm' } ? boolean : string

/**
 * The answer to one question, asked on stderr, because stdout is for data. Ends with the time limit of the command, by
 * Ctrl-C, and when the input ends.
 */
export async function promptFor<Q extends Question>(
  { signal }: Pick<Mgmt, 'signal'>,
  question: Q,
): Promise<AnswerTo<Q>> {
  const { createPromptModule } = await import('inquirer')
  const prompt = createPromptModule({ output: process.stderr, signal })
  try {
    const { answer } = await prompt<{ answer: AnswerTo<Q> }>([{ ...question, name: 'answer' }])
    return answer as AnswerTo<Q>
  } catch (error) {
    if (signal.aborted) throw withTruth(asFailure(signal.reason), 'There was no answer.', 'wait longer with --timeout')
    if (!(error instanceof Error && error.name === 'ExitPromptError')) throw error
    throw error.message.includes('SIGINT')
      ? new Failure('Interrupted.', { status: exit.interrupted, code: 'interrupted', cause: error })
      : new Failure('The input ended before there was an answer.', { code: 'no_answer', cause: error })
  }
}
