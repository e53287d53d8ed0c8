import type { ShownEvent } from '../events/shown-event.ts'
import { orderOf } from '@docket/contract/event-filter.ts'

const outcomes = ['created', 'completed', 'rejected', 'cancelled'] as const
type Outcome = (typeof outcomes)[number]

interface Bucket {
  counts: Record<Outcome, number>
  /** How long orders took that completed: how many in each class of `classOf`. */
  took: Map<number, number>
  lag?: number
  outbox?: number
}

const outcomeOf: Readonly<Record<string, Outcome>> = {
  'order.created': 'created',
  'order.completed': 'completed',
  'order.rejected': 'rejected',
  'order.cancelled': 'cancelled',
}

/** Classes of durations, each 5 % longer than the one before: p95 is exact to that, and takes a few numbers to keep. */
const growth = Math.log(1.05)
const classOf = (ms: number) => Math.round(Math.log(Math.max(1, ms)) / growth)
const msOf = (one: number) => Math.round(Math.exp(one * growth))

/** Undefined when nothing was measured. */
export function quantile(classes: ReadonlyMap<number, number>, share: number): number | undefined {
  const sorted = [...classes].toSorted(([a], [b]) => a - b)
  const all = sorted.reduce((sum, [, count]) => sum + count, 0)
  let seen = 0
  for (const [one, count] of sorted) if ((seen += count) >= share * all) return msOf(one)
  return undefined
}

const mostWaiting = 100_000 // orders whose end is waited for; older ones are forgotten, to bound memory

/** Two series: one fine, for the last minutes, and a coarse one for the hours before. */
const fineMs = 5_000
const coarseMs = 60_000
const steps = [fineMs, coarseMs]
const keptMs = (stepMs: number) => (stepMs === fineMs ? 60 : 24 * 60) * 60_000

export interface Columns {
  /** Seconds since 1970, at equal distances; what was not measured is null. */
  times: number[]
  perSecond: Record<Outcome, (number | null)[]>
  p50: (number | null)[]
  p95: (number | null)[]
  lag: (number | null)[]
  outbox: (number | null)[]
}

/** What happened in each few seconds, counted from the events as they go by. `began`: nothing is known before. */
export function rates(began: number) {
  const buckets = steps.map(stepMs => ({ stepMs, at: new Map<number, Bucket>() }))
  const createdAt = new Map<string, number>()

  function bucketsAt(ms: number): Bucket[] {
    return buckets.map(({ stepMs, at }) => {
      const start = Math.floor(ms / stepMs) * stepMs
      const known = at.get(start)
      if (known) return known
      const fresh = { counts: { created: 0, completed: 0, rejected: 0, cancelled: 0 }, took: new Map() }
      at.set(start, fresh)
      return fresh
    })
  }

  return {
    add(event: ShownEvent): void {
      const outcome = event.type === null ? undefined : outcomeOf[event.type]
      const order = orderOf(event)
      if (outcome === undefined || order === undefined) return
      const ms = Date.parse(event.time)
      const begun = createdAt.get(order)
      if (outcome === 'created') createdAt.set(order, ms)
      else createdAt.delete(order)
      for (const bucket of bucketsAt(ms)) {
        bucket.counts[outcome]++
        if (outcome === 'completed' && begun !== undefined) {
          const one = classOf(ms - begun)
          bucket.took.set(one, (bucket.took.get(one) ?? 0) + 1)
        }
      }
    },
    measured(ms: number, { lag, outbox }: { lag: number | undefined; outbox: number | undefined }): void {
      for (const bucket of bucketsAt(ms)) Object.assign(bucket, { lag, outbox })
      forgetOld(buckets, createdAt, ms)
    },
    /** The last `spanMs`, in steps that fit it. The bucket that is still being filled is left out. */
    columns(spanMs: number, now: number): Columns {
      const chosen = buckets.find(({ stepMs }) => spanMs <= keptMs(stepMs)) ?? buckets[1]
      return columnsOf(chosen ?? { stepMs: coarseMs, at: new Map() }, { spanMs, now, began })
    },
    /** Over the last minute, as the header shows it. */
    lately(now: number) {
      const recent = [...(buckets[0]?.at ?? [])].flatMap(([start, one]) => (start > now - 60_000 ? [one] : []))
      const took = new Map<number, number>()
      for (const bucket of recent) for (const [one, count] of bucket.took) took.set(one, (took.get(one) ?? 0) + count)
      const seconds = Math.min(60, Math.max(1, (now - began) / 1_000))
      const perSecond = (outcome: Outcome) => recent.reduce((sum, { counts }) => sum + counts[outcome], 0) / seconds
      return {
        created: perSecond('created'),
        completed: perSecond('completed'),
        rejected: perSecond('rejected'),
        cancelled: perSecond('cancelled'),
        p50Ms: quantile(took, 0.5),
        p95Ms: quantile(took, 0.95),
      }
    },
  }
}

function forgetOld(
  buckets: readonly { stepMs: number; at: Map<number, Bucket> }[],
  createdAt: Map<string, number>,
  now: number,
): void {
  for (const { stepMs, at } of buckets)
    for (const start of at.keys()) if (start < now - keptMs(stepMs)) at.delete(start)
  for (const id of createdAt.keys()) {
    if (createdAt.size <= mostWaiting) break
    createdAt.delete(id)
  }
}

export type Rates = ReturnType<typeof rates>

function columnsOf(
  { stepMs, at }: { stepMs: number; at: ReadonlyMap<number, Bucket> },
  { spanMs, now, began }: { spanMs: number; now: number; began: number },
): Columns {
  const last = Math.floor(now / stepMs) * stepMs - stepMs
  const starts = Array.from({ length: Math.floor(spanMs / stepMs) }, (_, back) => last - back * stepMs).toReversed()
  const each = <T>(pick: (bucket: Bucket) => T | undefined, none: T | null) =>
    starts.map(start => {
      const bucket = at.get(start)
      return start + stepMs <= began ? null : ((bucket && pick(bucket)) ?? none)
    })
  const rate = (outcome: Outcome) => each(({ counts }) => counts[outcome] / (stepMs / 1_000), 0)
  return {
    times: starts.map(start => start / 1_000),
    perSecond: {
      created: rate('created'),
      completed: rate('completed'),
      rejected: rate('rejected'),
      cancelled: rate('cancelled'),
    },
    p50: each(({ took }) => quantile(took, 0.5), null),
    p95: each(({ took }) => quantile(took, 0.95), null),
    lag: each(({ lag }) => lag, null),
    outbox: each(({ outbox }) => outbox, null),
  }
}
