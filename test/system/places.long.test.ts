import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freeOffset } from '@docket/local/own-servers.ts'
import { aCheckout, run, type Checkout } from '@docket/test/support/checkout.ts'
import { slow } from '@docket/test/support/slow.ts'
import test, { type ExecutionContext } from 'ava'

// People run the demo in folders of any name, by accounts without a name, without a home, so it is tested there.

const nameless = '12345'
const execute = promisify(execFile)

/** The packages keep their owner, because they are links to those of others. */
async function giveTo(account: string, { folder, cache }: Checkout): Promise<void> {
  await execute('chown', ['-h', account, folder, cache, join(cache, 'docket')])
  await execute('find', [
    folder,
    '-path',
    join(folder, 'node_modules'),
    '-prune',
    '-o',
    '-exec',
    'chown',
    '-h',
    account,
    '{}',
    '+',
  ])
  await execute('find', [join(folder, 'node_modules'), '-type', 'd', '-exec', 'chown', account, '{}', '+'])
}

const asNameless = ['setpriv', `--reuid=${nameless}`, `--regid=${nameless}`, '--clear-groups', '--']

const limitMs = 900_000 // long, because the machine may be busy

/**
 * These pass paths of the checkout to shells, other programs and Node, so they break first in a folder with an odd
 * name.
 */
const testsWithPaths = [
  'cli/output.test.ts',
  'cli/input/complete.test.ts',
  'cli/render/times.test.ts',
  'k8s/check/monitoring/monitoring.test.ts',
  'k8s/check/scripts.test.ts',
  'packages/addresses/secrets.test.ts',
]

async function starts(t: ExecutionContext, folder: string, env: Record<string, string>): Promise<void> {
  const offset = { PORT_OFFSET: String(await freeOffset()) }
  try {
    t.regex(await run(t, folder, ['./bin/up-local.sh'], { ...env, ...offset }), /order-service +ready/)
  } finally {
    await run(t, folder, ['./bin/down-local.sh', '--purge'], { ...env, ...offset })
  }
}

async function demo(
  t: ExecutionContext,
  folder: string,
  env: Record<string, string>,
  as: string[] = [],
): Promise<void> {
  const offset = { PORT_OFFSET: String(await freeOffset()) }
  try {
    const output = await run(t, folder, [...as, './bin/demo.sh'], { ...env, ...offset })
    t.regex(output, /The stack is up\. Go on with:/)
    await run(t, folder, [...as, './bin/mgmt', 'status'], { ...env, ...offset })
  } finally {
    await run(t, folder, [...as, './bin/down-local.sh', '--purge'], { ...env, ...offset })
  }
  t.false(existsSync(join(folder, '.local')))
}

test.serial(
  'the demo and the tests run in a folder whose name has what a shell, a list and a file take for special',
  async t => {
    t.timeout(limitMs)
    slow(t, 180, 'it starts three stacks, and runs tests')
    const { folder, cache, remove } = await aCheckout(`a b,c'd"e$f%g#h;i äöü 漢`)
    t.teardown(remove)
    const env = { HOME: tmpdir(), XDG_CACHE_HOME: cache, XDG_CONFIG_HOME: join(cache, 'config') }
    await demo(t, folder, env)
    t.regex(await run(t, folder, ['./bin/test.sh', ...testsWithPaths], env), /\b0 failed/)
    await starts(t, folder, { ...env, STACK_SECURITY: 'full' })
  },
)

const homes: [string, Record<string, string>][] = [
  ['without a home', {}],
  ['with a home that it cannot write to', { HOME: '/' }],
]
for (const [what, home] of homes)
  test.serial(`the demo runs as an account that has no name, ${what}`, async t => {
    if (process.getuid?.() !== 0) return t.pass('only root can become another account')
    t.timeout(limitMs)
    slow(t, 90, 'it starts a stack')
    const checkout = await aCheckout('checkout')
    t.teardown(checkout.remove)
    await giveTo(`${nameless}:${nameless}`, checkout)
    await demo(t, checkout.folder, { ...home, XDG_CACHE_HOME: checkout.cache }, asNameless)
  })
