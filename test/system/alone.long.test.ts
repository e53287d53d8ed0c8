import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { freeOffset } from '@docket/local/own-servers.ts'
import { pidOf } from '@docket/local/processes.ts'
import { aCheckout, run, type Checkout } from '@docket/test/support/checkout.ts'
import { slow } from '@docket/test/support/slow.ts'
import { until } from '@docket/test/support/until.ts'

// Each service alone, by its own scripts and with nothing but what is in a checkout, as whoever works on it has it.

let checkout: Checkout
let env: Record<string, string>
let offset: number
test.before(async () => {
  checkout = await aCheckout('checkout')
  offset = await freeOffset()
  const { cache } = checkout
  env = { HOME: tmpdir(), XDG_CACHE_HOME: cache, XDG_CONFIG_HOME: join(cache, 'config'), PORT_OFFSET: String(offset) }
})
test.afterEach.always(async t => {
  await run(t, checkout.folder, ['./bin/down-local.sh', '--purge'], env)
  t.false(existsSync(join(checkout.folder, '.local')))
})
test.after.always(() => checkout?.remove())

const limitMs = 600_000 // on a busy machine

const blockOf = (page: string, language: string) =>
  new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? `there is no ${language}`

const like = (line: string) => new RegExp(line.split('…').map(RegExp.escape).join('.*'))

for (const service of serviceNames)
  test.serial(`${service} does alone what the first example of its README shows`, async t => {
    t.timeout(limitMs)
    slow(t, 15, 'it starts Kafka, a database and a service, and stops them')
    const page = readFileSync(join(checkout.folder, service, 'README.md'), 'utf8')
    const script = blockOf(page, 'sh').replaceAll(/(?<=127\.0\.0\.1:)\d+/g, port => String(Number(port) + offset))
    t.regex(script, new RegExp(`^\\./${service}/bin/up-local\\.sh\\n.*\\./${service}/bin/down-local\\.sh\\n$`, 's'))
    const output = await run(t, checkout.folder, ['sh', '-eu', '-c', script], env)
    for (const line of blockOf(page, 'text').trim().split('\n')) t.regex(output, like(line))
    t.regex(output, new RegExp(`^${service} +stopped\\n.*^kafka +stopped\\n`, 'ms'), 'and what it needed')
  })

test.serial(
  'up-local.sh --watch starts a service again when a source changes, also after one with a mistake',
  async t => {
    t.timeout(limitMs)
    slow(t, 20, 'it starts Kafka, a database and a service; a mistake is given five seconds')
    const source = join(checkout.folder, 'shipping-service/src/shipment.ts')
    const good = readFileSync(source, 'utf8')
    const child = spawn('./shipping-service/bin/up-local.sh', ['--watch'], {
      cwd: checkout.folder,
      env: { PATH: process.env.PATH, ...env },
    })
    const ended = once(child, 'close')
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
    t.teardown(() => child.kill('SIGKILL'))
    const pid = () => pidOf(join(checkout.folder, '.local'), 'shipping-service')
    const says = (what: RegExp) => until(`it says ${what}`, async () => what.test(output), limitMs)
    await says(/watching/)
    const first = pid()
    t.truthy(first)
    appendFileSync(source, '\n// a change\n')
    await says(/shipment\.ts changed\n(?:.*\n)*shipping-service +ready/)
    t.regex(await run(t, checkout.folder, ['./bin/logs-local.sh', 'shipping-service'], env), /"message":"ready"/)
    const second = pid()
    t.truthy(second)
    t.not(second, first)
    output = ''
    writeFileSync(source, 'a mistake')
    await says(/waiting for the next change/)
    t.regex(output, /SyntaxError/)
    writeFileSync(source, good)
    await says(/shipping-service +ready/)
    await run(t, checkout.folder, ['./shipping-service/bin/down-local.sh'], env)
    await ended
    t.regex(output, /nothing is watched any more\n$/)
  },
)
