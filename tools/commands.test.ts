import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { commands } from './commands.js'

const root = join(import.meta.dirname, '..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const listed = Object.values(commands).flat()

const nameOf = (command: string) => /^npm (?:run )?([\w:]+)|^(?:\.\/)?(\S+)/.exec(command)?.slice(1).find(Boolean) ?? ''

test('each npm script and each script in bin/ is in the list of commands', t => {
  const names = new Set(listed.map(([command]) => nameOf(command)))
  const all = [...Object.keys(scripts), ...readdirSync(join(root, 'bin')).map(file => `bin/${file}`)]
  t.deepEqual(
    all.filter(name => !names.has(name)),
    [],
    'add a line to tools/commands.js',
  )
})

test('each command of the list exists, and says in one line what it does', t => {
  for (const [command, summary] of listed) {
    const name = nameOf(command)
    t.true(command.startsWith('npm ') ? name in scripts : existsSync(join(root, name)), command)
    t.regex(summary, /^[A-Z][^\n]{3,90}[^.\n]$/, command)
  }
})
