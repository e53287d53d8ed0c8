import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { query } from '@docket/reconciliation/query.ts'
import type { Client, OrderBody, Reply } from '@docket/test/support/client.ts'

export interface OrderRequest {
  lines: Record<string, number>
  token: string
  cancel?: boolean
}

/** Acknowledged orders must end correctly, whatever happens. */
export interface Acknowledged {
  id: string
  key: string
  request: OrderRequest
  atMs: number
}

export interface Customer {
  placeOrder(request: OrderRequest, signal?: AbortSignal): Promise<Acknowledged | undefined>
  cancel(order: Acknowledged, signal?: AbortSignal): Promise<void>
  acknowledged: Acknowledged[]
  violations: string[]
  retries: number
}

const betweenTriesMs = 250
const expected = new Set([201, 200, 202, 409, 503, 429])

export function aCustomer(client: Client): Customer {
  const customer: Customer = { acknowledged: [], violations: [], retries: 0, placeOrder, cancel }

  async function attempt(what: string, request: () => Promise<Reply>): Promise<Reply | undefined> {
    try {
      const reply = await request()
      if (!expected.has(reply.status))
        customer.violations.push(`${what}: ${reply.status} ${JSON.stringify(reply.body)}`)
      // who does not know whether it was done is to look, not to try again
      if (reply.status === 503 && reply.body.code !== 'outcome_unknown' && !reply.headers.has('retry-after'))
        customer.violations.push(`${what}: 503 without Retry-After`)
      if (reply.status < 429) return reply
    } catch {
      // without an answer, the order may exist or not; the key will tell
    }
    customer.retries++
    return undefined
  }

  async function placeOrder(request: OrderRequest, signal?: AbortSignal): Promise<Acknowledged | undefined> {
    const key = randomUUID()
    const reply = await untilAnswered(
      () => attempt('POST /orders', () => client.post('order', '/orders', bodyOf(request), { 'idempotency-key': key })),
      signal,
    )
    if (reply?.status !== 201) return undefined
    // order-service promises this shape
    const order = { id: (reply.body as unknown as OrderBody).id, key, request, atMs: Date.now() }
    customer.acknowledged.push(order)
    if (request.cancel) await cancel(order, signal)
    return order
  }

  async function cancel(order: Acknowledged, signal?: AbortSignal): Promise<void> {
    order.request.cancel = true
    await untilAnswered(
      () => attempt('POST /orders/:id/cancel', () => client.post('order', `/orders/${order.id}/cancel`, {})),
      signal,
    )
  }

  return customer
}

const bodyOf = ({ lines, token }: OrderRequest) => ({
  lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })),
  paymentToken: token,
})

async function untilAnswered(
  attempt: () => Promise<Reply | undefined>,
  signal?: AbortSignal,
): Promise<Reply | undefined> {
  while (!signal?.aborted) {
    const reply = await attempt()
    if (reply) return reply
    await pause(betweenTriesMs)
  }
  return undefined
}

export interface Ending {
  id: string
  status: string
  reason: string | null
}

export async function endingsOf(ordersUrl: string, ids: readonly string[]): Promise<Map<string, Ending>> {
  const rows = await query<Ending>(ordersUrl, 'SELECT id, status, reason FROM orders WHERE id = ANY($1::uuid[])', [ids])
  return new Map(rows.map(row => [row.id, row]))
}

export async function wrongEndings(
  ordersUrl: string,
  acknowledged: readonly Acknowledged[],
  mayExpire = false,
): Promise<string[]> {
  const endings = await endingsOf(
    ordersUrl,
    acknowledged.map(({ id }) => id),
  )
  return acknowledged.flatMap(order => wrongEnding(order, endings.get(order.id), mayExpire) ?? [])
}

/** The provider declines these, in its answer or by a status that concerns this payment. */
const refusedTokens = new Set(['tok_declined', 'tok_json_402', 'tok_json_422'])

/** Returns what is wrong with an acknowledged order; undefined when it ended as its request implies, or expired. */
export function wrongEnding(
  { id, request }: Acknowledged,
  ending: Ending | undefined,
  mayExpire: boolean,
): string | undefined {
  if (!ending) return `order ${id} was acknowledged, and does not exist`
  const outcome = ending.reason ?? ending.status
  if (mayExpire && outcome === 'expired') return undefined
  if (request.cancel && outcome === 'requested') return undefined // else it was too late, or stock or card failed
  const right = refusedTokens.has(request.token) ? 'payment_failed' : 'completed'
  const possible = [
    right,
    ...(Object.keys(request.lines).some(sku => sku.startsWith('scarce')) ? ['out_of_stock'] : []),
  ]
  return possible.includes(outcome)
    ? undefined
    : `order ${id} (${request.token}) is ${outcome}, not ${possible.join(' or ')}`
}
