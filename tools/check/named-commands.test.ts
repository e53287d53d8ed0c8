import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { describedCommands } from '@docket/cli/command-tree.ts'
import { entries } from '@docket/cli/generated/commands.ts'
import { groups } from '@docket/cli/groups.ts'

const root = join(import.meta.dirname, '../..')
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

// docs/cli.md is generated from the commands, decisions and the changelog tell of commands that were
const pages = globSync('{README,ARCHITECTURE,CONTRIBUTING,docs/{*,runbooks/*},k8s/**/*,*/README}.md', {
  cwd: root,
  exclude: ['**/node_modules', 'docs/cli.md'],
})

const described = new Map((await describedCommands(entries)).map(one => [one.command, one]))
const everywhere = spawnSync(process.execPath, [join(root, 'cli/main.ts'), 'whoami', '--help'], { encoding: 'utf8' })
const flagsIn = (text: string) => text.match(/(?<![\w-])--?[a-z][\w-]*/g) ?? []

const mgmtIn = (text: string) =>
  [...text.matchAll(/(?:`|\$ |^ {4,})(?:\.\/bin\/)?mgmt ([a-z][^`\n|;>#]*)/gm)].map(([, command = '']) =>
    command.trim(),
  )

function wrongWith(command: string): string | undefined {
  const [first = '', second = ''] = command.replace(/^help /, '').split(/\s+/)
  const known = described.get(`${first} ${second}`) ?? described.get(first)
  if (!known) return Object.hasOwn(groups, command) ? undefined : `there is no command ${first} ${second}`
  const flags = new Set(flagsIn([everywhere.stdout, ...known.options.map(one => one.flags)].join(' ')))
  const unknown = flagsIn(command).filter(flag => !flags.has(flag))
  return unknown.length === 0 ? undefined : `${known.command} has no ${unknown.join(' ')}`
}

test('a command, a group or a flag that does not exist is noticed', t => {
  t.is(wrongWith('orders create --line mug=2 -o json'), undefined)
  t.is(wrongWith('dlq'), undefined)
  t.is(wrongWith('orders make --line mug=2'), 'there is no command orders make')
  t.is(wrongWith('orders create --lines mug=2'), 'orders create has no --lines')
  t.is(wrongWith('whoami --line mug=2'), 'whoami has no --line')
})

const wrongIn = (file: string, text = textOf(file)) =>
  mgmtIn(text).flatMap(command => {
    const wrong = wrongWith(command)
    return wrong === undefined ? [] : `${file}: ${wrong}`
  })

test('every command of mgmt that a page names exists, with its flags', t => {
  t.true(pages.flatMap(file => mgmtIn(textOf(file))).length > 50)
  t.deepEqual(
    pages.flatMap(file => wrongIn(file)),
    [],
  )
})

test('the recording is small, and every command in it exists', t => {
  const recording = 'docs/recording.svg'
  t.true(statSync(join(root, recording)).size < 150_000)
  const text = textOf(recording).replaceAll(/<[^>]*>/g, '')
  t.is(mgmtIn(text).length, textOf(recording).split('class="prompt">').length - 1)
  t.deepEqual(wrongIn(recording, text), [])
})

test('every npm script and every script in bin/ exists that a page names', t => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
  const missing = pages.flatMap(file => [
    ...[...textOf(file).matchAll(/npm run ([\w:]+)/g)].filter(([, name = '']) => !Object.hasOwn(scripts, name)),
    ...[...textOf(file).matchAll(/(?<![\w/-])\.\/(bin\/[\w.-]+)/g)].filter(
      ([, path = '']) => !existsSync(join(root, path)),
    ),
  ])
  t.deepEqual(
    missing.map(([found]) => found),
    [],
  )
})
