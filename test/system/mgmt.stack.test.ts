import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { drills } from '@docket/cli/system/drills.ts'
import { expectFormsAt, type Case } from '@docket/test/support/mgmt-formats.ts'
import { main, mgmt } from '@docket/test/support/mgmt-process.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { anOperatorsPlace, type Place } from '@docket/test/support/operator.ts'

// The command line with a whole stack behind it: what it prints, drills, and pipes.

let stack: Stack
let place: Place
test.before(async () => {
  stack = await startStack()
  place = await anOperatorsPlace(stack)
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.audit(), [])
})

const slowMs = 240_000 // six processes a command, or a drill that waits

/** The commands that are about more than one service, on a stack that does what they say. */
const wholes: Record<string, (sku: string, order: string) => Case> = {
  'orders create': sku => ({ args: ['--line', `${sku}=1`, '--wait'] }),
  'orders watch': (_, order) => ({ args: [order] }),
  'orders trace': (_, order) => ({ args: [order] }),
  'orders import': sku => ({
    args: ['HOME/orders.csv'],
    files: { 'orders.csv': `sku,quantity\n${sku},1\n${sku},2\n` },
  }),
  'items import': sku => ({
    args: ['HOME/items.csv'],
    files: { 'items.csv': `sku,name,price,currency,quantity\n${sku}-new,Mug,4.50,EUR,1\n` },
  }),
  'events tail': (_, order) => ({ args: ['--order', order, '--from-beginning', '--no-follow'] }),
  oversee: (_, order) => ({ args: ['--order', order, '--from-beginning', '--no-follow', '--by-order'] }),
  drill: () => ({ args: ['payment-declined'] }),
  status: () => ({}),
}
for (const [command, caseOf] of Object.entries(wholes)) {
  test.serial(`mgmt ${command} prints every format with a whole stack behind it`, async t => {
    t.timeout(slowMs)
    const mug = await stack.item('mug', 1_000)
    const order = await stack.end(await stack.order(stack.operator, { [mug]: 1 }))
    await expectFormsAt(t, place, command, caseOf(mug, order.id))
  })
}

test.serial('an order that is created twice under one key is one order', async t => {
  const mug = await stack.item('mug', 10)
  const create = async () =>
    JSON.parse(
      (await mgmt(place, ['orders', 'create', '--line', `${mug}=1`, '--idempotency-key', `key-${mug}`, '-o', 'json']))
        .stdout,
    ) as { id: string }
  const [first, second] = [await create(), await create()]
  t.is(first.id, second.id)
  await stack.end(first as Parameters<Stack['end']>[0])
})

for (const name of Object.keys(drills)) {
  test.serial(`the system copes with the drill ${name}`, async t => {
    t.timeout(slowMs)
    const { status, stdout, stderr } = await mgmt(place, ['drill', name, '-o', 'json'])
    t.is(status, 0, stdout + stderr)
    const drilled = JSON.parse(stdout) as { coped: boolean; happened: string[]; findings: { ok: boolean }[] }
    t.true(drilled.coped)
    t.true(drilled.findings.length > 1 && drilled.findings.every(({ ok }) => ok), stdout)
    for (const line of drilled.happened) t.true(stderr.includes(line), `it is said as it happens: ${line}`)
  })
}

test.serial('a drill is refused where it could do harm, and does nothing there', async t => {
  const context = (...more: string[]) =>
    mgmt(place, ['context', 'set', 'shop', '--order-url', stack.services.order, ...more])
  const items = async () =>
    JSON.parse((await mgmt(place, ['items', 'list', '--search', 'drill-', '-o', 'json'])).stdout) as unknown[]
  const before = await items()
  await context('--no-test')
  const refused = await mgmt(place, ['drill', 'out-of-stock', '--context', 'shop'])
  t.is(refused.status, 4)
  t.regex(refused.stderr, /shop is not a place for drills[\s\S]*mgmt context set shop --test/)
  t.is(
    (await mgmt(place, ['drill', 'out-of-stock', '--order-url', 'https://orders.example'])).status,
    4,
    'an address that is not here',
  )
  t.deepEqual(await items(), before)
  await context('--test')
  t.regex(
    (await mgmt(place, ['drill', 'out-of-stock', '--context', 'shop'])).stderr,
    /You are not logged in/,
    'it would begin',
  )
})

test.serial('events tail ends quietly with the first reader that has seen enough', async t => {
  t.timeout(slowMs)
  const mug = await stack.item('mug', 1_000)
  writeFileSync(
    join(place.home, 'head.sh'),
    `"${process.execPath}" "${main}" events tail --quiet | head -1; printf '%s ' "\${PIPESTATUS[@]}"`,
  )
  const child = spawn('bash', [join(place.home, 'head.sh')], { env: { PATH: process.env.PATH, ...place.env } })
  t.teardown(() => child.kill('SIGKILL'))
  let [stdout, stderr, hasEnded] = ['', '', false]
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const ended = once(child, 'close').then(() => {
    hasEnded = true
  })
  while (!hasEnded)
    await Promise.race([ended, stack.order(stack.operator, { [mug]: 1 }).then(order => stack.end(order))])
  t.is(stderr, '')
  t.regex(stdout, /^\d\d:\d\d:\d\d\.\d{3} .*\n0 0 $/)
})
