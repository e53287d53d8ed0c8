import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { services } from './formats-testing.ts'
import { loggedIn, main } from './process-testing.ts'

const run = promisify(execFile)

const asked: [string[], string][] = [
  [['or'], 'orders'], [['orders', 'wa'], 'watch'], [['orders', 'list', '--sta'], '--status'], [['orders', 'list', '--status', 'can'], 'cancelled'],
  [['orders', 'show', ''], '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'], [['items', 'show', 'm'], 'mug'], [['orders', 'create', '--line', 'm'], 'mug='],
  [['events', 'tail', '--topic', 'payment-events.'], 'payment-events.dlq'], [['context', 'use', 'lo'], 'local'], [['drill', 'out'], 'out-of-stock'], [['help', 'exit'], 'exit-codes'],
]

test('bash completes commands, flags, values, and ids and skus of this moment', async t => {
  t.timeout(120_000)
  const place = await loggedIn(t, services)
  const script = `mgmt() { "${process.execPath}" "${main}" "$@"; }
source <(mgmt completion bash)
COMP_WORDS=(mgmt "$@"); COMP_CWORD=$#; compopt() { :; }; _mgmt_complete; printf '%s\\n' "\${COMPREPLY[@]}"`
  for (const [words, expected] of asked) {
    const { stdout } = await run('bash', ['-c', script, 'bash', ...words], { env: { PATH: process.env.PATH, ...place.env } })
    t.is(stdout.trim(), expected, words.join(' '))
  }
})
