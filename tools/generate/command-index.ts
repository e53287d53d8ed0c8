/**
 * Writes cli/generated/commands.ts, which holds what must be known of each command of mgmt before its file is loaded,
 * so that startup is fast. With --check it only compares. `npm run generate` runs it.
 */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '@docket/addresses/addresses.ts'
import type { CommandFile } from '@docket/cli/command.ts'
import { groups, order } from '@docket/cli/groups.ts'
import { generated } from './generated-file.ts'

const folder = 'cli/commands/'
const files = globSync(`${folder}**/*.ts`, { cwd: root, exclude: ['**/*.test.ts'] })

interface Found extends CommandFile {
  file: string
  words: string[]
}

async function commandIn(file: string): Promise<Found | undefined> {
  const { about, command } = (await import(pathToFileURL(join(root, file)).href)) as Partial<CommandFile>
  if (!about && !command) return undefined
  if (!about || !command) throw new Error(`${file} must export both about and command: see cli/command.ts`)
  const words = file.slice(folder.length, -'.ts'.length).split('/')
  const [group = '', ...rest] = words
  const name = command(() => Promise.reject(new Error('only described, never run')), []).name()
  if (name !== words.at(-1)) throw new Error(`${file} makes a command ${name}; it must be ${words.at(-1)}, as the file`)
  if (rest.length > 0 && !groups[group]) throw new Error(`cli/groups.ts does not say what the group ${group} is for`)
  return { about, command, file, words }
}

function positionOf(word: string, words = ''): number {
  const at = words.split(/\s+/).indexOf(word)
  return at < 0 ? Infinity : at
}

const compare = (one: number | string, other: number | string) => (one < other ? -1 : one > other ? 1 : 0)
const inHelp = ({ words: [a = '', b = ''] }: Found, { words: [c = '', d = ''] }: Found) =>
  compare(positionOf(a, order), positionOf(c, order)) ||
  compare(a, c) ||
  compare(positionOf(b, groups[a]?.order), positionOf(d, groups[a]?.order)) ||
  compare(b, d)

const commands = (await Promise.all(files.map(commandIn))).filter(one => one !== undefined).toSorted(inHelp)
const quoted = (text: string) => (text.includes("'") ? JSON.stringify(text) : `'${text}'`)
const lines = commands.flatMap(({ file, words, about: { summary, changesThings } }) => [
  '  {',
  `    path: ${quoted(words.join(' '))},`,
  `    summary: ${quoted(summary)},`,
  ...(changesThings ? ['    changesThings: true,'] : []),
  `    load: () => import('../${file.slice('cli/'.length)}'),`,
  '  },',
])

await generated(
  'cli/generated/commands.ts',
  `// Generated from cli/commands/ by \`npm run generate\`. Do not edit.

import type { Entry } from '../command.ts'

/** Every command, in the order of the help; its file is loaded only when it is called for. */
export const entries: readonly Entry[] = [
${lines.join('\n')}
]
`,
  'the files in cli/commands/ say',
)
