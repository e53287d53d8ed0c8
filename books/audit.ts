import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { groupLags } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import type { BookAddresses } from './addresses.ts'
import type { Books, Finding } from './books.ts'
import { readBooks } from './read.ts'
import { findings, isUnderWay, type Strictness } from './rules.ts'

export interface Audit {
  findings: Finding[]
  /** What was looked at. */
  counts: { orders: number; underWay: number; events: number; deadLetters: number; items: number; payments: number }
  seconds: number
}

const looksAtMost = 4
const betweenLooksMs = 2_000

/**
 * Checks the books of a stack that may be at work: what is on its way is left alone, and what looks wrong is looked at again,
 * because the databases and the topics are not read at the same instant.
 */
export async function audit(at: BookAddresses, strictness: Strictness = { patienceSeconds: 60 }): Promise<Audit> {
  const began = performance.now()
  let books = await readBooks(at)
  let found = findings(books, strictness)
  for (let look = 1; found.length > 0 && look < looksAtMost; look++) {
    await pause(betweenLooksMs)
    const before = new Set(found.map(nameOf))
    books = await readBooks(at)
    found = findings(books, strictness).filter(finding => before.has(nameOf(finding)))
  }
  return { findings: found, counts: countsOf(books, strictness), seconds: (performance.now() - began) / 1_000 }
}

const nameOf = ({ invariant, about }: Finding) => `${invariant} ${about}`

function countsOf(books: Books, strictness: Strictness): Audit['counts'] {
  const histories = [...books.histories.values()].flatMap(byKey => [...byKey.values()])
  return {
    orders: books.orders.size, underWay: [...books.orders.values()].filter(order => isUnderWay(order, strictness)).length,
    events: histories.reduce((sum, history) => sum + history.types.length, 0), deadLetters: books.letters.length,
    items: books.items.length, payments: books.payments.size,
  }
}

/** Checks the books of a stack that has come to rest: nothing may be under way any more. Waits for that first, then looks once. */
export async function auditAtRest(at: BookAddresses, withinMs = 60_000): Promise<Finding[]> {
  await untilAtRest(at, withinMs)
  return findings(await readBooks(at), { patienceSeconds: 0 })
}

/** Waits until all outboxes are empty, nobody lags, no payment and no order is under way. Returns though they are when the time is over: the rules will say what is. */
export async function untilAtRest(at: BookAddresses, withinMs = 60_000): Promise<boolean> {
  // twice: what was on its way while we looked at the one may be in the other by then
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await pause(50)) {
    try {
      if (await unsettled(at) === 0 && await unsettled(at) === 0) return true
    } catch {
      // a server that is not back yet; the rules are asked when it is
    }
  }
  return false
}

/** Events that are on their way, and orders and payments that wait for them. */
async function unsettled(at: BookAddresses): Promise<number> {
  const outbox = 'SELECT count(*)::int AS n FROM outbox'
  const open: [string, string][] = [
    [at.orders, `${outbox} UNION ALL SELECT count(*)::int FROM orders WHERE status IN ('pending', 'accepted')`], [at.inventory, outbox],
    [at.payments, `${outbox} UNION ALL SELECT count(*)::int FROM payments WHERE status IN ('charging', 'refunding')`], [at.shipping, outbox],
  ]
  const counted = await Promise.all(open.map(([url, sql]) => counts(url, sql)))
  const sum = counted.flat().reduce((total, n) => total + n, 0)
  if (sum > 0) return sum
  const lags = await groupLags(kafkaClient({ brokers: at.kafkaBrokers, clientId: 'books' }))
  return lags.filter(({ group }) => group.endsWith('-service')).reduce((total, { lag }) => total + lag, 0)
}

async function counts(url: string, sql: string): Promise<number[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000, query_timeout: 10_000 })
  client.on('error', () => undefined) // the query says it too
  await client.connect()
  try {
    return (await client.query<{ n: number }>(sql)).rows.map(row => row.n)
  } finally {
    await client.end()
  }
}
