import { purgeMarginMs } from './messaging/purge-marks.ts'

/** How long a topic keeps its records; Infinity: without limit, undefined: this login may not see it. */
export interface TopicRetention {
  topic: string
  ms: number | undefined
}

export interface Retention {
  /** Their timeline and claims, and until then events about them are handled; undefined: for ever. */
  detailsMs: number | undefined
  /** They themselves; undefined: for ever. */
  ordersMs: number | undefined
}

/** Reads again how long orders are kept, because the retention of topics can change at any time. */
export type ReadRetention = () => Promise<Retention>

/**
 * A claim may be deleted once nothing that it guards against can arrive any more: a record of any topic, or a redriven
 * dead letter. `ordersMs` is RETENTION_ORDERS; it counts only if it is long enough.
 */
export function retentionOf(topics: readonly TopicRetention[], ordersMs: number | undefined): Retention {
  const shortestMs = shortestFor(longest(topics))
  return {
    detailsMs: shortestMs !== undefined && Number.isFinite(shortestMs) ? shortestMs : undefined,
    ordersMs: refusedRetention(topics, ordersMs) === undefined ? ordersMs : undefined,
  }
}

/** Why RETENTION_ORDERS must not be used with these topics, and what to do; undefined when it may, or is not set. */
export function refusedRetention(topics: readonly TopicRetention[], ordersMs: number | undefined): string | undefined {
  if (ordersMs === undefined) return undefined
  const { topic, ms } = longest(topics)
  const setting = `RETENTION_ORDERS is ${inDays(ordersMs)}`
  if (ms === undefined)
    return `${setting}, but this login may not see for how long ${topic} keeps its records. Grant DescribeConfigs on it, or leave RETENTION_ORDERS unset.`
  if (ms === Infinity)
    return `${setting}, but ${topic} keeps its records without limit: what was deleted would happen again when they are replayed. Give the topic a limit (retention.ms, cleanup.policy=delete), or leave RETENTION_ORDERS unset.`
  const shortestMs = ms + purgeMarginMs
  if (ordersMs >= shortestMs) return undefined
  return `${setting}, but must be at least ${inDays(shortestMs)}: ${topic} keeps its records for ${inDays(ms)}, and ${inDays(purgeMarginMs)} more have to pass. Set RETENTION_ORDERS=${inDays(shortestMs)} or more, or a shorter retention.ms of the topic, or leave RETENTION_ORDERS unset.`
}

const shortestFor = ({ ms }: TopicRetention) => (ms === undefined ? undefined : ms + purgeMarginMs)

/** A topic that cannot be seen may keep its records longer than any other. */
function longest(topics: readonly TopicRetention[]): TopicRetention {
  const weight = ({ ms }: TopicRetention) => ms ?? Infinity
  return topics.reduce((most, one) => (weight(one) > weight(most) ? one : most), { topic: 'no topic', ms: 0 })
}

const inDays = (ms: number) => (ms % dayMs === 0 ? `${ms / dayMs}d` : `${Math.ceil(ms / 1_000)}s`)
const dayMs = 86_400_000
