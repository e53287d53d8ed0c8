import type { Sample } from '@docket/cli/command.ts'
import { entries } from '@docket/cli/generated/commands.ts'

// The samples stand with the commands, so that a new command is tested without a list.

export interface Sampled extends Sample {
  command: string
  changesThings: boolean
}

export const samples: readonly Sampled[] = (
  await Promise.all(
    entries.map(async ({ path, changesThings = false, load }) =>
      (await load()).about.samples.map(sample => ({ command: path, changesThings, ...sample })),
    ),
  )
).flat()

export const byCommand = (isWanted: (sample: Sampled) => boolean): [command: string, samples: Sampled[]][] => [
  ...Map.groupBy(samples.filter(isWanted), ({ command }) => command),
]

export type There = Partial<
  Record<'ORDER' | 'SKU' | 'USERNAME' | 'TOPIC' | 'BROKERS' | 'LETTER' | 'FRESH' | 'HOME', string>
>

export function caseOf({ args = '', files = {}, expects }: Sample, there: There) {
  const filled = (text: string) => text.replaceAll(/\b[A-Z]+\b/g, word => there[word as keyof There] ?? word)
  return {
    args: args.split(' ').filter(Boolean).map(filled),
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, filled(text)])),
    ...(expects !== undefined && { expects }),
  }
}
