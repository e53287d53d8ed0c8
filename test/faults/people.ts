import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import type { Client, Reply, ServiceAddresses } from '@docket/test/support/client.ts'
import type { Random } from './chaos/random.ts'

// What people do to orders that were accepted: they dispatch, cancel lines, return goods, count them and refund. None of
// it is foreseen by the order, and all of it must be reconciled in the end.

interface Pieces {
  sku: string
  quantity: number
}

interface Listed {
  id: string
  orderId: string
  status: string
  lines: Pieces[]
}

export interface People {
  /** Orders of which they tried to cancel something. */
  cancelled: ReadonlySet<string>
  done: ReadonlyMap<string, number>
  violations: string[]
  /** So many of them work until it is aborted. */
  work(atOnce: number, signal: AbortSignal): Promise<void>
  /** Dispatches, counts and refunds all that waits for people. */
  finish(withinMs: number): Promise<void>
}

/** Refusals are right answers: others may have been faster. */
const expected = new Set([200, 201, 202, 404, 409, 429, 503])
const listed = 50
const manualForMs = [5_000, 20_000] as const
const autoForMs = [10_000, 40_000] as const
const betweenMs = 100

export function somePeople(operator: Client, random: Random): People {
  const cancelled = new Set<string>()
  const done = new Map<string, number>()
  const violations: string[] = []

  async function attempt(what: string, request: () => Promise<Reply>): Promise<Reply | undefined> {
    const reply = await request().catch(() => undefined) // a service that is down; the next round tries again
    if (!reply) return undefined
    if (!expected.has(reply.status)) violations.push(`${what}: ${reply.status} ${JSON.stringify(reply.body)}`)
    const outcome = reply.status < 300 ? what : `${what} (${reply.status})`
    done.set(outcome, (done.get(outcome) ?? 0) + 1)
    return reply
  }

  const act = (what: string, service: keyof ServiceAddresses, path: string, body: unknown = {}) =>
    attempt(what, () => operator.post(service, path, body, { 'idempotency-key': randomUUID() }))

  async function all(service: keyof ServiceAddresses, path: string): Promise<Listed[]> {
    const reply = await operator.get(service, `${path}&limit=${listed}`).catch(() => undefined)
    return reply?.status === 200 ? (reply.body.items as Listed[]) : []
  }

  const open = () => all('shipping', '/shipments?status=open')
  const awaited = () => all('shipping', '/returns?status=requested')
  const failed = () => all('payment', '/refunds?status=failed')

  const piecesOf = (lines: readonly Pieces[]) => lines.map(({ sku, quantity }) => ({ sku, quantity }))

  const someOf = (lines: readonly Pieces[]): Pieces[] => {
    const some = lines
      .map(({ sku, quantity }) => ({ sku, quantity: Math.floor(random.between(0, quantity + 1)) }))
      .filter(({ quantity }) => quantity > 0)
    return some.length > 0 ? some : piecesOf(lines)
  }

  const dispatch = ({ id }: Listed, lines?: Pieces[]) =>
    act('dispatch', 'shipping', `/shipments/${id}/dispatch`, lines ? { lines } : {})

  async function cancel(orderId: string, lines: Pieces[]): Promise<void> {
    cancelled.add(orderId)
    await act('cancel lines', 'order', `/orders/${orderId}/cancel`, { lines, detail: 'changed my mind' })
  }

  const receive = ({ id }: Listed, lines: Pieces[]) =>
    act('receive', 'shipping', `/returns/${id}/receive`, {
      lines: lines.map(line => ({ ...line, condition: random.of(['restock', 'restock', 'scrap']) })),
    })

  const things: (() => Promise<unknown>)[] = [
    async () => {
      const shipment = random.of(await open())
      if (shipment) await dispatch(shipment, random.next() < 0.5 ? someOf(shipment.lines) : undefined)
    },
    async () => {
      const shipment = random.of(await open())
      if (shipment) await cancel(shipment.orderId, someOf(shipment.lines))
    },
    // a dispatch and a cancel at the same moment: exactly one wins
    async () => {
      const shipment = random.of(await open())
      if (shipment) await Promise.all([dispatch(shipment), cancel(shipment.orderId, piecesOf(shipment.lines))])
    },
    async () => {
      const shipment = random.of(await all('shipping', '/shipments?status=shipped'))
      const status = random.of(['delivered', 'delivered', 'undeliverable', 'lost'])
      if (shipment) await act(status, 'shipping', `/shipments/${shipment.id}/outcome`, { status })
    },
    async () => {
      const shipment = random.of(await all('shipping', `/shipments?status=${random.of(['shipped', 'delivered'])}`))
      if (shipment)
        await act('ask for a return', 'shipping', '/returns', {
          orderId: shipment.orderId,
          shipmentId: shipment.id,
          lines: someOf(shipment.lines),
        })
    },
    async () => {
      const one = random.of(await awaited())
      if (one) await receive(one, someOf(one.lines))
    },
    async () => {
      const one = random.of(await awaited())
      if (one) await act('cancel a return', 'shipping', `/returns/${one.id}/cancel`)
    },
    async () => {
      const shipment = random.of(await all('shipping', '/shipments?status=delivered'))
      const goodwill = { amount: 1 + Math.floor(random.between(0, 300)), reason: 'it came late' }
      if (shipment) await act('goodwill', 'payment', `/orders/${shipment.orderId}/refunds`, goodwill)
    },
    async () => {
      const refund = random.of(await failed())
      if (refund)
        await act('a failed refund', 'payment', `/refunds/${refund.id}/${random.of(['retry', 'retry', 'by-hand'])}`)
    },
  ]

  const handOver = (handover: 'auto' | 'manual') =>
    attempt(`handover ${handover}`, () => operator.patch('shipping', '/locations/main', { handover }))

  async function changeHandover(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await handOver('manual')
      await pauseUnlessAborted(random.between(...manualForMs), signal)
      await handOver('auto')
      await pauseUnlessAborted(random.between(...autoForMs), signal)
    }
  }

  async function workAlone(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await random.of(things)()
      await pause(betweenMs)
    }
  }

  return {
    cancelled,
    done,
    violations,
    async work(atOnce, signal) {
      await Promise.all([changeHandover(signal), ...Array.from({ length: atOnce }, () => workAlone(signal))])
    },
    async finish(withinMs) {
      for (const deadline = Date.now() + withinMs; Date.now() < deadline; await pause(betweenMs)) {
        const isAuto = (await handOver('auto'))?.status === 200
        const [shipments, returns, refunds] = [await open(), await awaited(), await failed()]
        if (isAuto && shipments.length + returns.length + refunds.length === 0) return
        for (const shipment of shipments) await dispatch(shipment)
        for (const one of returns) await receive(one, piecesOf(one.lines))
        for (const { id } of refunds) await act('a failed refund', 'payment', `/refunds/${id}/retry`)
      }
    },
  }
}
