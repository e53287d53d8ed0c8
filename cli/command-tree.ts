import type { Command, Option } from 'commander'
import type { Entry } from './command.ts'

export interface DescribedCommand {
  command: string
  summary: string
  description: string
  arguments: {
    name: string
    description: string
    required: boolean
    variadic: boolean
    choices: readonly string[] | null
  }[]
  options: {
    flags: string
    description: string
    required: boolean
    takesValue: boolean
    repeatable: boolean
    choices: readonly string[] | null
    default: unknown
  }[]
  more: string
}

export async function describedCommands(entries: readonly Entry[]): Promise<DescribedCommand[]> {
  return Promise.all(
    entries.map(async ({ path, summary, load }) => described(path, summary, (await load()).command(never, entries))),
  )
}

const never = () => Promise.reject(new Error('only described, never run'))

function described(path: string, summary: string, command: Command): DescribedCommand {
  return {
    command: path,
    summary,
    description: command.description(),
    arguments: command.registeredArguments.map(one => ({
      name: one.name(),
      description: one.description,
      required: one.required,
      variadic: one.variadic,
      choices: one.argChoices ?? null,
    })),
    options: command.options.filter(one => !one.hidden).map(describedOption),
    more: moreOf(command),
  }
}

const describedOption = (one: Option) => ({
  flags: one.flags,
  description: one.description,
  required: one.mandatory,
  takesValue: one.required || one.optional,
  repeatable: /may be given again/.test(one.description) || one.flags.includes('--line'),
  choices: one.argChoices ?? null,
  default: one.negate ? null : (one.defaultValue ?? null),
})

/** commander keeps the text of `addHelpText('after')` only as a listener, which writes it when help is printed. */
function moreOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: part => {
      text += part
    },
  })
  command.outputHelp()
  const at = text.search(/\n(Examples?|Columns of CSV|Drills|Exit status):?/)
  return at < 0 ? '' : text.slice(at).trim()
}
