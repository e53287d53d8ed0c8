import test from 'ava'
import { sharedAnswer } from './shared-answer.ts'

function anAnswer() {
  let [nowMs, questions] = [0, 0]
  const answers: PromiseWithResolvers<number>[] = []
  const ask = sharedAnswer(
    1_000,
    (_source: object) => {
      questions++
      const answer = Promise.withResolvers<number>()
      answers.push(answer)
      return answer.promise
    },
    () => nowMs,
  )
  return {
    ask,
    answers,
    questions: () => questions,
    passes(ms: number) {
      nowMs += ms
    },
  }
}

test('all who ask while an answer is under way or fresh get that one; then it is asked again', async t => {
  const { ask, answers, questions, passes } = anAnswer()
  const source = {}
  const both = Promise.all([ask(source), ask(source)])
  passes(5_000)
  const third = ask(source)
  answers[0]?.resolve(1)
  t.deepEqual([...(await both), await third], [1, 1, 1])
  passes(999)
  t.is(await ask(source), 1)
  t.is(questions(), 1)
  passes(1)
  const next = ask(source)
  answers[1]?.resolve(2)
  t.is(await next, 2)
  t.is(questions(), 2)
})

test('an answer that failed is not kept, and each source has its own', async t => {
  const { ask, answers } = anAnswer()
  const source = {}
  const failing = ask(source)
  answers[0]?.reject(new Error('no database'))
  await t.throwsAsync(failing, { message: 'no database' })
  const again = ask(source)
  answers[1]?.resolve(2)
  t.is(await again, 2)
  const another = ask({})
  answers[2]?.resolve(3)
  t.is(await another, 3)
})
