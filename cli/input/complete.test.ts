import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import test, { type ExecutionContext } from 'ava'
import { services } from '@docket/test/support/mgmt-formats.ts'
import { loggedIn, main } from '@docket/test/support/mgmt-process.ts'

// The completion scripts in a real shell on a terminal, because only that shows what the Tab key does.

const id = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'

const typed: [string, string[]][] = [
  ['or', ['orders']],
  ['orders wa', ['orders', 'watch']],
  ['orders list --sta', ['orders', 'list', '--status']],
  ['orders list --status can', ['orders', 'list', '--status', 'cancelled']],
  ['orders show 0', ['orders', 'show', id]],
  ['items show m', ['items', 'show', 'mug']],
  ['orders create --line m', ['orders', 'create', '--line', 'mug=']],
  ['events tail --topic payment-events.', ['events', 'tail', '--topic', 'payment-events.dlq']],
  ['context use lo', ['context', 'use', 'local']],
  ['drill out', ['drill', 'out-of-stock']],
  ['help exit', ['help', 'exit-codes']],
  ['--context lo', ['--context', 'local']],
  ['--quiet orders wa', ['--quiet', 'orders', 'watch']],
  ['orders list --status=can', ['orders', 'list', '--status=cancelled']],
]

interface Shell {
  program: string
  args: string[]
  begin: string[]
}

const shells: Record<string, Shell> = {
  bash: {
    program: 'bash',
    args: ['--norc', '--noprofile', '-i'],
    begin: ['bind "set bell-style none"', 'source <(mgmt completion bash)'],
  },
  zsh: {
    program: 'zsh',
    args: ['-f', '-i'],
    begin: ['autoload -U compinit; compinit -u -D', 'unsetopt beep', 'source <(mgmt completion zsh)'],
  },
  'zsh, from a file,': {
    program: 'zsh',
    args: ['-f', '-i'],
    begin: [
      'mgmt completion zsh > ~/bin/_mgmt',
      'fpath=(~/bin $fpath)',
      'autoload -U compinit; compinit -u -D',
      'unsetopt beep',
    ],
  },
  fish: { program: 'fish', args: ['--no-config', '-i'], begin: ['mgmt completion fish | source'] },
}

const isThere = (shell: string) => {
  try {
    return execFileSync('sh', ['-c', `command -v ${shell}`]).length > 0
  } catch {
    return false
  }
}

async function aShell(t: ExecutionContext, { program, args, begin }: Shell) {
  const setup = await loggedIn(t, services)
  const bin = join(setup.home, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'mgmt'), '#!/bin/sh\nexec "$node" "$main" "$@"\n')
  // typed words contain no >
  writeFileSync(join(bin, 'say'), '#!/bin/sh\nfor word in "$@"; do printf "<%s" "$word"; done\nprintf ">\\n"\n')
  for (const file of ['mgmt', 'say']) chmodSync(join(bin, file), 0o755)
  const terminal = spawn(program, args, {
    cols: 200,
    rows: 50,
    name: 'xterm',
    env: {
      ...setup.env,
      node: process.execPath,
      main,
      PATH: `${bin}:${process.env.PATH}`,
      HOME: setup.home,
      PS1: '$ ',
      TERM: 'xterm',
    },
  })
  let text = ''
  let onOutput = () => undefined as void
  terminal.onData(data => {
    text += data
    onOutput()
  })
  const gone = new Promise(resolve => {
    terminal.onExit(resolve)
  })
  t.teardown(async () => {
    terminal.kill('SIGKILL') // a clean exit would write its history into the home that is being removed
    await gone
  })
  const words = () =>
    new Promise<string[]>(resolve => {
      onOutput = () => {
        const [whole, words = ''] = /<([^>]*)>\r?\n/.exec(text) ?? []
        if (whole === undefined) return
        text = ''
        resolve(words.split('<'))
      }
      onOutput()
    })
  const line = (words: string) => terminal.write(`${words}\r`)
  for (const one of begin) line(one)
  line('say ready')
  await words()
  return {
    /** Prints the completed words in place of running the command. */
    async completed(command: string): Promise<string[]> {
      terminal.write(`mgmt ${command}\t\u0001say \u0005\r`)
      return (await words()).slice(1)
    },
  }
}

for (const [name, shell] of Object.entries(shells)) {
  const run = isThere(shell.program) ? test.serial : test.serial.skip
  run(
    `${name} completes commands, flags, values, and ids and skus of this moment${isThere(shell.program) ? '' : ` (${shell.program} is not installed)`}`,
    async t => {
      t.timeout(180_000)
      const { completed } = await aShell(t, shell)
      for (const [command, expected] of typed) t.deepEqual(await completed(command), expected, command)
    },
  )
}
