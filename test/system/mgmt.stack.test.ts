import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { main, mgmt } from '@docket/test/support/mgmt-process.ts'
import { aLoggedInOperator, type LoggedInOperator } from '@docket/test/support/operator.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { copesWith, printsEveryFormat } from '@docket/test/support/scenarios/mgmt.ts'

let stack: Stack
let operator: LoggedInOperator
test.before(async () => {
  stack = await startStack()
  operator = await aLoggedInOperator(stack)
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

const slowMs = 240_000 // six processes per command, or a drill that waits

for (const command of ['orders create', 'orders trace', 'status'] as const)
  test.serial(`mgmt ${command} prints every format with a whole stack behind it`, async t => {
    t.timeout(slowMs)
    await printsEveryFormat(t, stack, operator, command)
  })

test.serial('an order that is created twice under one key is one order', async t => {
  const mug = await stack.item('mug', 10)
  const create = async () =>
    JSON.parse(
      (
        await mgmt(operator, [
          'orders',
          'create',
          '--line',
          `${mug}=1`,
          '--idempotency-key',
          `key-${mug}`,
          '-o',
          'json',
        ])
      ).stdout,
    ) as { id: string }
  const [first, second] = [await create(), await create()]
  t.is(first.id, second.id)
  await stack.end(first as Parameters<Stack['end']>[0])
})

test.serial('what an operator did is in the audit a moment later, and in the trace of its order', async t => {
  t.timeout(slowMs)
  const sku = await stack.item('plate', 10)
  const { id } = await stack.end(await stack.order(stack.operator, { [sku]: 1 }))
  const { status, stderr } = await mgmt(operator, ['orders', 'resend', id, '--force', '--reason', 'nobody heard it'])
  t.is(status, 0, stderr)
  const resent = { act: 'event.resent', on: { kind: 'order', id }, orderId: id, reason: 'nobody heard it' }
  await until('it is in the audit', async () => {
    const { stdout } = await mgmt(operator, [
      'audit',
      'list',
      '--by',
      'operator',
      '--since',
      '1d',
      '--order',
      id,
      '-o',
      'json',
    ])
    return (JSON.parse(stdout) as { service: string }[]).some(({ service }) => service === 'order-service')
  })
  const { stdout } = await mgmt(operator, ['orders', 'trace', id, '-o', 'json'])
  const { acts } = JSON.parse(stdout) as { acts: { service: string }[] }
  t.like(
    acts.find(({ service }) => service === 'order-service'),
    resent,
  )
  const added = await mgmt(operator, ['audit', 'list', '--on', sku, '--since', '1h', '-o', 'json'])
  t.like(JSON.parse(added.stdout), [{ act: 'item.created', service: 'inventory-service' }])
})

test.serial('reported sales are what is kept of the payments', async t => {
  t.timeout(slowMs)
  const { stdout, stderr } = await mgmt(operator, ['reports', 'sales', '--by', 'sku', '-o', 'json'])
  t.notRegex(stderr, /is kept of the payments/)
  t.is((JSON.parse(stdout) as { line: string }[]).filter(({ line }) => line === 'total').length, 1)
})

for (const name of ['payment-declined', 'poison-event'])
  test.serial(`the system copes with the drill ${name}`, async t => {
    t.timeout(slowMs)
    await copesWith(t, operator, name)
  })

test.serial('what could do harm is refused on every other stack, and does nothing there', async t => {
  const items = async () =>
    JSON.parse((await mgmt(operator, ['items', 'list', '--search', 'drill-', '-o', 'json'])).stdout) as unknown[]
  const before = await items()
  const elsewhere = await mgmt(operator, ['drill', 'out-of-stock', '--order-url', 'https://orders.example'])
  t.is(elsewhere.status, 4)
  t.regex(elsewhere.stderr, /order-service is at http:\/\/127\.0\.0\.1:\d+, not at https:\/\/orders\.example/)
  const dir = join(operator.home, 'another-stack') // the ports of this machine do not lead to it
  mkdirSync(dir)
  writeFileSync(join(dir, 'kafka-cluster-id'), 'AAAAAAAAAAAAAAAAAAAAAA')
  for (const args of [
    ['drill', 'out-of-stock'],
    ['dev', 'token', '--role', 'operator'],
    ['events', 'send', 'order.completed', '--data', `{"orderId": "${randomUUID()}"}`],
  ]) {
    const forwarded = await mgmt({ env: { ...operator.env, LOCAL_DIR: dir } }, args)
    t.is(forwarded.status, 4, args.join(' '))
    t.regex(forwarded.stderr, /only on the stack of this checkout: Kafka at \S+ is another, the cluster \S+\./)
    t.is(forwarded.stdout, '')
  }
  t.deepEqual(await items(), before)
})

test.serial('a development token is believed by every service but user-service, which says: log in', async t => {
  t.timeout(slowMs)
  const developer = { env: { ...operator.env, XDG_CONFIG_HOME: join(operator.home, 'developer') } }
  const { status, stderr } = await mgmt(developer, ['dev', 'token', '--role', 'operator', '--use'])
  t.is(status, 0, stderr)
  t.regex(stderr, /you are dev-operator \(operator, [0-9a-f-]{36}\) until /)
  for (const args of [['items', 'list'], ['orders', 'list'], ['whoami']])
    t.is((await mgmt(developer, args)).status, 0, args.join(' '))
  const refused = await mgmt(developer, ['users', 'list'])
  t.is(refused.status, 4)
  t.regex(refused.stderr, /The development token was refused: .*log in again\.\n {2}next: mgmt login USERNAME\n/)
})

test.serial('an event is sent by hand with the next number of its key, and waited for', async t => {
  t.timeout(slowMs)
  const user = { userId: randomUUID(), username: 'ada', role: 'customer' }
  const send = async (...more: string[]) => {
    const args = ['events', 'send', 'user.signed_up', '--data', JSON.stringify(user), '-o', 'json', ...more]
    const { status, stdout, stderr } = await mgmt(operator, args)
    t.is(status, 0, stderr)
    return JSON.parse(stdout) as { id: string; key: string; sequence: number; source: string }
  }
  const first = await send('--wait', 'order-service')
  t.like(first, { key: user.userId, sequence: 1, source: '/user-service' })
  t.like(await send('--id', first.id), { id: first.id, sequence: 2 })
  const tail = ['events', 'tail', '--topic', 'user-events', '--include', user.userId, '--from-beginning', '--no-follow']
  const { stdout } = await mgmt(operator, [...tail, '-o', 'jsonl'])
  const headers = stdout
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { headers: Record<string, string> }).headers)
  t.deepEqual(
    headers.map(({ ce_id: id, ce_sequence: sequence }) => [id, sequence]),
    [
      [first.id, '1'],
      [first.id, '2'],
    ],
  )
  const never = await mgmt(operator, ['events', 'send', 'user.signed_up', '--data', '{}', '--wait', 'payment-service'])
  t.is(never.status, 2)
})

test.serial('events tail ends quietly with the first reader that has seen enough', async t => {
  t.timeout(slowMs)
  const mug = await stack.item('mug', 1_000)
  const script = '"$0" "$1" events tail --quiet | head -1; printf "%s " "${PIPESTATUS[@]}"'
  const child = spawn('bash', ['-c', script, process.execPath, main], {
    env: { PATH: process.env.PATH, ...operator.env },
    stdio: ['ignore', 'pipe', 'pipe'], // bash reads ~/.bashrc if its stdin is a socket
  })
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
  t.regex(stdout, /^\d\d:\d\d:\d\d\.\d{3}\S+ .*\n0 0 $/)
})
