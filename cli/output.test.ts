import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { anOrder, services } from '@docket/test/support/mgmt-formats.ts'
import { inShell, json, loggedIn, main, mgmt, type Answer, type Given } from '@docket/test/support/mgmt-process.ts'
import { until } from '@docket/test/support/until.ts'

/** A command in a shell, in which `mgmt` is it; the status is that of the command, not of the shell. */
async function inPipe(setup: Given, command: string) {
  const { stdout, stderr } = await inShell(
    setup,
    `run=("$@"); exec 3>&1; mgmt() { "\${run[@]}" "$@"; echo "status $?" >&3; }; ${command}`,
  )
  return { status: Number(/status (\d+)/.exec(stdout)?.[1]), stdout, stderr }
}

const slowOrder: Answer = (req, res) => {
  if (!req.url?.endsWith('/stream')) return json(res, 200, { ...anOrder, status: 'completed' })
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  const steps = ['order.created', 'stock.reserved', 'payment.succeeded', 'order.completed']
  const step = (at: number): void => {
    const event = steps[at]
    if (event === undefined) return void res.end()
    res.write(
      `id: ${at + 1}\nevent: ${event}\ndata: ${JSON.stringify({ at: new Date().toISOString(), event, service: 'x' })}\n\n`,
    )
    setTimeout(() => step(at + 1), 100)
  }
  step(0)
}

const create = 'mgmt orders create --line mug=1 --wait'

for (const [what, redirection] of [
  ['both are closed by their reader', '2>&1 | head -1'],
  ['nobody reads stdout', '| true'],
  ['stderr is closed by its reader', '2> >(head -1 >/dev/null)'],
  ['stderr is full', '2>/dev/full'],
] as const)
  test(`an order that is waited for comes to its end, and so does the command, when ${what}`, async t => {
    const setup = await loggedIn(t, slowOrder)
    const { status } = await inPipe(setup, `${create} ${redirection}`)
    t.is(status, 0)
    t.true(setup.requests.some(({ method, url }) => method === 'GET' && url === `/orders/${anOrder.id}`))
  })

test('on a full disk a command that changes things says on stderr what it has done, and that its output is lost', async t => {
  const { status, stderr } = await inPipe(await loggedIn(t, slowOrder), `${create} -o json > /dev/full`)
  t.is(status, 6)
  t.regex(stderr, /The output cannot be written: ENOSPC[^]*The command goes on/)
  t.regex(stderr, new RegExp(`"id": "${anOrder.id}"[^]*has done what it was to do; only its output`))
  t.notRegex(stderr, /\n {4}at /)
})

test('a status that says more is not hidden by lost output', async t => {
  const setup = await loggedIn(t, (_, res) => json(res, 409, { code: 'already_accepted', detail: 'Too late.' }))
  t.is((await inPipe(setup, 'mgmt orders cancel x -o json > /dev/full')).status, 1)
})

for (const args of ['orders list', 'orders list -o json', 'orders watch x -o jsonl', 'commands -o json', '--help'])
  test(`on a full disk a command that only reads ends with 6, and says why: ${args}`, async t => {
    const { status, stderr } = await inPipe(await loggedIn(t, services), `mgmt ${args} > /dev/full`)
    t.is(status, 6)
    t.regex(stderr, /^mgmt: The output cannot be written: ENOSPC.*\n {2}next: make room/m)
    t.notRegex(stderr, /\n {4}at /)
  })

for (const args of ['orders list -o jsonl', 'commands -o json', 'orders watch x'])
  test(`a command that only reads ends without a word when its reader has gone: ${args}`, async t => {
    const setup = await loggedIn(t, services)
    const { status, stderr } = await inPipe(setup, `mgmt ${args} -q | true`)
    t.true([0, 3].includes(status), `${status}`)
    t.is(stderr, '')
  })

test('what is cut off says that nobody knows whether it was done, and how to go on', async t => {
  const setup = await loggedIn(t, () => undefined)
  const { status, stderr } = await inPipe(
    setup,
    'mgmt items adjust mug --by 5 --reason delivery --timeout 500ms --idempotency-key k1',
  )
  t.is(status, 124)
  t.regex(stderr, /Whether the stock was changed is not known\.\n.*safe to repeat with: --idempotency-key k1/)
  const child = spawn(process.execPath, [main, 'items', 'adjust', 'mug', '--by', '5', '--reason', 'x'], {
    env: { PATH: process.env.PATH, ...setup.env },
  })
  let told = ''
  child.stderr.on('data', chunk => {
    told += chunk
  })
  const before = setup.requests.length
  await until('the request is under way', async () => setup.requests.length > before)
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number | null]
  t.is(code, 130)
  t.regex(
    told,
    /whether the stock was changed is not known; it is safe to repeat with: --idempotency-key [0-9a-f-]{36}/,
  )
})

const hangingUp: Answer = (req, res) => (req.method === 'GET' ? services(req, res) : req.socket.destroy())

for (const [command, told, requests] of [
  [
    'sessions revoke S --user ada',
    /Whether the session was ended is not known\.\n.* mgmt sessions list --user ada\n/,
    1,
  ],
  [
    'password change --password-stdin',
    /Whether the password was changed is not known\.\n.*which of the two is good/,
    1,
  ],
  ['users disable ada', /Whether the user was disabled is not known\.\n.*safe to repeat the command\n/, 4],
] as const)
  test(`what has no answer is not known: ${command}`, async t => {
    const setup = await loggedIn(t, hangingUp)
    const before = setup.requests.length
    const { status, stderr } = await mgmt(setup, command.split(' '), 'battery staple\nanother one\n')
    t.is(status, 5)
    t.regex(stderr, told)
    t.is(setup.requests.slice(before).filter(({ method }) => method !== 'GET').length, requests)
  })

test('a new password is read as others are: with the marks of Windows, and one line', async t => {
  const setup = await loggedIn(t, services)
  const change = (stdin: string) => mgmt(setup, ['password', 'change', '--password-stdin'], stdin)
  t.is((await change('\ufeffbattery staple\r\nanother one\r\n')).status, 0)
  t.like(await change('battery staple\nanother one\nand more\n'), { status: 2 })
  t.regex((await change('battery staple\n\n')).stderr, /two lines are needed/)
})
