/**
 * A cancel and a dispatch at the same moment, many times: npm run faults:race -- [--times 2000] [--keep] On servers of its
 * own. Every second cancel is a command. Exit status 1 unless exactly one of the two won each time, and the exit statuses,
 * the money and the stock agree.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { reconcileAtRest } from '@docket/reconciliation/audit.ts'
import { query } from '@docket/reconciliation/query.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

const { values } = parseArgs({
  options: { times: { type: 'string', default: '2000' }, keep: { type: 'boolean', default: false } },
})
const times = Number(values.times)
const atOnce = 20
const commandEvery = 2 // the others meet their dispatch more closely, as a process takes long to start
const withinMs = 600_000

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of left) await work(one)
    }),
  )
}

interface Open {
  id: string
  orderId: string
}

async function openShipments({ operator, sources, item, order }: Stack): Promise<Open[]> {
  const mug = await item('mug', times)
  const { status } = await operator.patch('shipping', '/locations/main', { handover: 'manual' })
  if (status !== 200) throw new Error(`main still hands over at once: ${status}`)
  await inParallel(Array.from({ length: times }), async () => void (await order(operator, { [mug]: 1 })))
  return until(
    'every order waits for its dispatch',
    async () => {
      const open = await query<Open>(
        sources.shipping,
        `SELECT id, order_id AS "orderId" FROM parcels WHERE status = 'open'`,
      )
      return open.length === times && open
    },
    withinMs,
  )
}

interface Cancel {
  isRequested: boolean
  wrong?: string
}

async function byRequest({ operator }: Stack, orderId: string): Promise<Cancel> {
  const { status, body } = await operator.post('order', `/orders/${orderId}/cancel`, {})
  const isRequested = status === 202
  return { isRequested, ...(!isRequested && status !== 409 && { wrong: `cancel: ${status} ${JSON.stringify(body)}` }) }
}

/**
 * A cancel reaches the shipments by Kafka, and a dispatch does not, so the cancel has a head start. It grows and shrinks
 * with who wins, so that both arrive at the same moment.
 */
async function race(stack: Stack, open: readonly Open[]) {
  const [left, requested, exits] = [new Set<string>(), new Set<string>(), new Map<string, number | null>()]
  const wrong: string[] = []

  async function byCommand(orderId: string): Promise<Cancel> {
    const { status, stdout } = await stack.mgmt(['orders', 'cancel', orderId, '--wait', '-o', 'json'])
    exits.set(orderId, status)
    return { isRequested: stdout.includes('requestId') }
  }

  const headStarts = {
    request: { ms: 0, stepMs: 10, cancel: (orderId: string) => byRequest(stack, orderId) },
    command: { ms: 500, stepMs: 50, cancel: byCommand },
  }
  await inParallel([...open.entries()], async ([round, { id, orderId }]) => {
    const way = headStarts[round % commandEvery === 0 ? 'command' : 'request']
    const [dispatch, cancel] = await Promise.all([
      pause(way.ms).then(() => stack.operator.post('shipping', `/shipments/${id}/dispatch`, {})),
      way.cancel(orderId),
    ])
    way.ms = Math.max(0, way.ms + (dispatch.status === 200 ? way.stepMs : -way.stepMs))
    if (dispatch.status === 200) left.add(orderId)
    else if (dispatch.status !== 409) wrong.push(`dispatch: ${dispatch.status} ${JSON.stringify(dispatch.body)}`)
    if (cancel.isRequested) requested.add(orderId)
    if (cancel.wrong !== undefined) wrong.push(cancel.wrong)
  })
  return { left, requested, exits, wrong }
}

async function endings({ sources }: Stack): Promise<Map<string, { status: string; hasRefusal: boolean }>> {
  const rows = await until(
    'every order has ended, and every request has its answer',
    async () => {
      const ended = await query<{ id: string; status: string; hasRefusal: boolean }>(
        sources.orders,
        `
        SELECT orders.id, status, coalesce(jsonb_array_length(refused) > 0, false) AS "hasRefusal"
        FROM orders LEFT JOIN cancel_requests ON order_id = orders.id
        WHERE status IN ('completed', 'cancelled') AND (cancel_requests.id IS NULL OR answered_at IS NOT NULL)`,
      )
      return ended.length === times && ended
    },
    withinMs,
  )
  return new Map(rows.map(({ id, ...ending }) => [id, ending]))
}

async function run(stack: Stack): Promise<number> {
  const { status } = await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
  if (status !== 0) throw new Error(`the operator could not log in: ${status}`)
  const { left, requested, exits, wrong } = await race(stack, await openShipments(stack))
  for (const [id, { status, hasRefusal }] of await endings(stack)) {
    if (status !== (left.has(id) ? 'completed' : 'cancelled'))
      wrong.push(`${id} is ${status}, and its shipment ${left.has(id) ? 'left' : 'did not leave'}`)
    if (requested.has(id) && hasRefusal !== left.has(id))
      wrong.push(`${id}: its request was ${hasRefusal ? 'refused' : 'granted'}, and it is ${status}`)
  }
  for (const [id, status] of exits)
    if (status !== (left.has(id) ? 3 : 0))
      wrong.push(
        `${id}: mgmt orders cancel --wait ended with ${status}, and it ${left.has(id) ? 'left' : 'did not leave'}`,
      )
  const found = await reconcileAtRest(stack.sources)
  wrong.push(...found.map(({ invariant, about, text }) => `${invariant}: ${about} ${text}`))
  const byCommand = [...exits.keys()].filter(id => left.has(id)).length
  console.log(
    `${left.size} of ${times} left, the others were cancelled; ${requested.size} requests reached shipping-service; of ${exits.size} cancelled by a command, ${byCommand} left`,
  )
  for (const sentence of wrong) console.log(sentence)
  const isRace = left.size > 0 && left.size < times
  if (!isRace) console.log('one side won every time, so this shows nothing')
  return wrong.length === 0 && isRace ? 0 : 1
}

process.exitCode = await onOwnServers(
  async ({ start }) => {
    await start()
    const stack = await startStack()
    try {
      return await run(stack)
    } finally {
      await stack.stop()
    }
  },
  { keep: values.keep },
)
