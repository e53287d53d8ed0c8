import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Buyer } from '@docket/test/support/many-customers.ts'
import type { Endings } from './endings.ts'
import { leanConnection, type LeanConnection } from './http-lean.ts'

export interface Shop {
  orderUrls: readonly string[]
  customers: readonly Buyer[]
  skus: readonly string[]
}

export interface Placed {
  id: string
  /** By the monotonic clock. Latency counts from here, so waiting for a free connection counts. */
  dueMs: number
  answeredMs: number
}

export interface Outcome {
  placed: Placed[]
  refused: Map<number, number>
}

type Send = (connection: LeanConnection, dueMs: number, outcome: Outcome) => Promise<Placed | undefined>

/** Tokens are made when the load starts, and last for nearly five minutes. */
function sender({ customers, skus }: Shop): Send {
  let count = 0
  const authorizations = customers.map(({ token }) => `authorization: Bearer ${token}\r\n`)
  const bodies = skus.map(sku => JSON.stringify({ lines: [{ sku, quantity: 1 }] }))
  return async (connection, dueMs, outcome) => {
    const n = count++
    const { status, id } = await connection.post(
      '/orders',
      `${authorizations[n % authorizations.length]}idempotency-key: ${randomUUID()}\r\n`,
      bodies[n % bodies.length] ?? '',
    )
    if (status === 201) {
      const placed = { id, dueMs, answeredMs: performance.now() }
      outcome.placed.push(placed)
      return placed
    }
    outcome.refused.set(status, (outcome.refused.get(status) ?? 0) + 1)
    return undefined
  }
}

const connectionsOf = (urls: readonly string[], count: number) =>
  Promise.all(Array.from({ length: count }, (_, at) => leanConnection(urls[at % urls.length] ?? '')))

/**
 * Sends orders at a fixed rate whatever the answers (an open loop, like real customers). An order without a free
 * connection waits for one, and the wait counts as latency.
 */
export async function openLoop(shop: Shop, perSecond: number, seconds: number, connections = 256): Promise<Outcome> {
  const send = sender(shop)
  const outcome: Outcome = { placed: [], refused: new Map() }
  const free = await connectionsOf(shop.orderUrls, connections)
  const due: number[] = []
  let taken = 0
  const underWay = new Set<Promise<void>>()

  const work = async (connection: LeanConnection) => {
    for (let next = due[taken]; next !== undefined; next = due[taken]) {
      taken++
      await send(connection, next, outcome)
    }
    free.push(connection)
  }
  const startMs = performance.now()
  for (let sent = 0; sent < perSecond * seconds;) {
    const now = performance.now()
    for (; sent < perSecond * seconds && startMs + (sent * 1_000) / perSecond <= now; sent++)
      due.push(startMs + (sent * 1_000) / perSecond)
    while (taken < due.length) {
      const connection = free.pop()
      if (!connection) break
      const working: Promise<void> = work(connection).finally(() => underWay.delete(working))
      underWay.add(working)
    }
    await pause(Math.max(1, startMs + (sent * 1_000) / perSecond - performance.now()))
  }
  await Promise.all(underWay)
  for (const connection of free) connection.close()
  return outcome
}

export async function closedLoop(
  shop: Shop,
  endings: Endings,
  underWay: number,
  seconds: number,
  connections = 256,
): Promise<Outcome> {
  const send = sender(shop)
  const outcome: Outcome = { placed: [], refused: new Map() }
  const untilMs = performance.now() + seconds * 1_000
  let room = underWay
  const waiting: (() => void)[] = []
  const mine = new Set<string>()
  const release = () => {
    room++
    waiting.shift()?.()
  }
  const before = endings.onEnd
  endings.onEnd = id => {
    if (mine.delete(id)) release()
  }
  const timer = setInterval(() => {
    if (performance.now() > untilMs) for (const go of waiting.splice(0)) go()
  }, 50)

  const work = async (connection: LeanConnection) => {
    while (performance.now() < untilMs) {
      if (room <= 0) {
        await new Promise<void>(go => {
          waiting.push(go)
        })
        continue
      }
      room--
      const placed = await send(connection, performance.now(), outcome)
      if (!placed || endings.at.has(placed.id)) release()
      else mine.add(placed.id)
    }
    connection.close()
  }
  await Promise.all((await connectionsOf(shop.orderUrls, connections)).map(work))
  clearInterval(timer)
  endings.onEnd = before
  return outcome
}

const restMs = 60_000

export async function untilAllEnded(placed: readonly Placed[], endings: Endings, withinMs = restMs): Promise<void> {
  for (const deadline = performance.now() + withinMs; ; await pause(20)) {
    const open = placed.filter(({ id }) => !endings.at.has(id)).length
    if (open === 0) return
    if (performance.now() > deadline)
      throw new Error(`${open} of ${placed.length} orders did not end within ${withinMs / 1_000} s`)
  }
}

export const latencies = (placed: readonly Placed[], endings: Endings): number[] =>
  placed.map(({ id, dueMs }) => (endings.at.get(id) ?? NaN) - dueMs)

export function rateBetween(endings: Endings, fromMs: number, toMs: number): number {
  let ended = 0
  for (const at of endings.at.values()) if (at >= fromMs && at < toMs) ended++
  return (ended / (toMs - fromMs)) * 1_000
}
