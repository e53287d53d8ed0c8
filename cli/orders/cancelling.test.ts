import test from 'ava'
import { json, loggedIn, mgmt, type Answer } from '@docket/test/support/mgmt-process.ts'

const at = '2026-01-31T12:00:00.000Z'
const request = {
  requestId: 'r1',
  orderId: 'o1',
  status: 'open',
  lines: [{ sku: 'mug', quantity: 2 }],
  requestedBy: 'u1',
  requestedAt: at,
}
const withdrawn = [{ location: 'main', sku: 'mug', quantity: 1 }]
const refused = [{ sku: 'mug', quantity: 1 }]

const isAnswered = (answer: object, afterLooks = 1): Answer => {
  let looks = 0
  return (req, res) => {
    if (req.method === 'POST') return json(res, 202, request)
    json(res, 200, looks++ < afterLooks ? request : { ...request, ...answer, answeredAt: at })
  }
}

test('a cancel of an accepted order says that it is requested, and not decided yet', async t => {
  let body = ''
  const setup = await loggedIn(t, (req, res) => {
    req.setEncoding('utf8').on('data', (text: string) => (body += text))
    req.on('end', () => isAnswered({})(req, res))
  })
  const { status, stdout, stderr } = await mgmt(setup, ['orders', 'cancel', 'o1', '--line', 'mug=2'])
  t.is(status, 0)
  t.regex(stdout, /status +open: it is not decided yet\nlines +2×mug/)
  t.regex(stderr, /not decided yet; see what becomes of it with: mgmt orders show o1/)
  t.deepEqual(JSON.parse(body), { lines: [{ sku: 'mug', quantity: 2 }] })
})

for (const [word, answer, expected] of [
  ['withdrawn', { status: 'withdrawn', withdrawn, refused: [] }, 0],
  ['partly', { status: 'partly', withdrawn, refused }, 3],
  ['refused', { status: 'refused', withdrawn: [], refused }, 3],
] as const)
  test(`a cancel that is waited for, and ends ${word}, ends the command with ${expected}`, async t => {
    const setup = await loggedIn(t, isAnswered(answer, 3))
    const { status, stdout } = await mgmt(setup, ['orders', 'cancel', 'o1', '--wait', '-o', 'json'])
    t.is(status, expected)
    t.like(JSON.parse(stdout), { requestId: 'r1', ...answer })
  })

test('all of it had left: 3 when it is waited for, and 1 as ever when not', async t => {
  const setup = await loggedIn(t, (_, res) => json(res, 409, { code: 'already_shipped', detail: 'It has left.' }))
  t.is((await mgmt(setup, ['orders', 'cancel', 'o1', '--wait'])).status, 3)
  t.is((await mgmt(setup, ['orders', 'cancel', 'o1'])).status, 1)
})

test('lines of an order that is not accepted yet: with --wait, they are cancelled when it is', async t => {
  let isAccepted = false
  const setup = await loggedIn(t, (req, res) => {
    if (req.url?.endsWith('/stream')) {
      isAccepted = true
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      return void res.write(
        `id: 1\nevent: order.accepted\ndata: ${JSON.stringify({ at, event: 'order.accepted', service: 's' })}\n\n`,
      )
    }
    if (!isAccepted) return json(res, 409, { code: 'not_accepted_yet', detail: 'Not yet.' })
    isAnswered({ status: 'withdrawn', withdrawn, refused: [] }, 0)(req, res)
  })
  const cancel = ['orders', 'cancel', 'o1', '--line', 'mug=1']
  const early = await mgmt(setup, cancel)
  t.is(early.status, 1)
  t.regex(early.stderr, /mgmt orders cancel ORDER-ID --line SKU=N --wait/)
  t.is((await mgmt(setup, [...cancel, '--wait'])).status, 0)
})

test('each cancel has a key of its own, so that a second one for another piece is not taken for the first', async t => {
  const setup = await loggedIn(t, isAnswered({}))
  for (const _ of [1, 2]) await mgmt(setup, ['orders', 'cancel', 'o1', '--line', 'mug=1'])
  const keys = setup.requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers['idempotency-key'])
  t.is(new Set(keys).size, keys.length)
})
