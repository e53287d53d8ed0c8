import type { ServiceName } from '@docket/addresses/addresses.ts'
import { readShard } from '@docket/test/support/shard.ts'
import { modes, type Mode } from './order.ts'

export interface Scenario {
  service: ServiceName
  failpoint: string
  mode: Mode
}

const postgres = ['order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const

/**
 * The failpoints of each service, in the order in which an event reaches them. `handle`: after BEGIN. `outbox`: the
 * state is saved, its events are not. `commit`. `consume`: the batch and its transaction. `commit-offsets`: after the
 * commit. `relay-send`: before the events are sent, from memory or as read. `relay-remove`: Kafka has the events, the
 * outbox still too. `dead-letter`: before it is sent. The others are a service's own.
 */
const everywhere = [
  'consume',
  'handle',
  'outbox',
  'commit',
  'relay-send',
  'relay-remove',
  'commit-offsets',
  'dead-letter',
] as const

const failpoints: Record<ServiceName, readonly string[]> = {
  'order-service': [...everywhere, 'expire-orders'],
  'inventory-service': [...everywhere, 'stock-released', 'stock-committed', 'stock-returned'],
  // it is not the dead-letter owner of any topic
  'payment-service': [
    ...everywhere.filter(failpoint => failpoint !== 'dead-letter'),
    'charge',
    'save-answers',
    'refund',
    'save-refunds',
  ],
  // it is no dead-letter owner
  'shipping-service': [
    ...everywhere.filter(failpoint => failpoint !== 'dead-letter'),
    'shipments-opened',
    'lines-withdrawn',
  ],
  'user-service': ['outbox', 'commit', 'relay-send', 'relay-remove'], // it consumes no events
}

export const scenarios: readonly Scenario[] = (['user-service', ...postgres] as const).flatMap(service =>
  failpoints[service].flatMap(failpoint => modes.map(mode => ({ service, failpoint, mode }))),
)

/** `2/6` is the second of six parts. Scenarios are spread evenly, so that each shard has its share of slow ones. */
export function shardOf<T>(all: readonly T[], text: string): T[] {
  const { index, of } = readShard(text)
  // a step coprime to the number of modes, otherwise a shard would get only one mode
  return all.filter((_, position) => (position + Math.floor(position / modes.length)) % of === index)
}

export function sampleOf(all: readonly Scenario[], count: number, turn: number, slow: number): Scenario[] {
  const hangs = all.filter(({ mode }) => mode === 'hang')
  const others = all.filter(({ mode }) => mode !== 'hang')
  const from = <T>(list: readonly T[], n: number) =>
    Array.from({ length: n }, (_, k) => list[(turn * n + k) % list.length] as T)
  // a stride spreads a sample across services and failpoints
  return [...from(spread(others), count - slow), ...from(spread(hangs), slow)]
}

const spread = <T>(list: readonly T[]): T[] => {
  const stride = [7, 11, 13, 17].find(step => list.length % step !== 0) ?? 1
  return list.map((_, position) => list[(position * stride) % list.length] as T)
}
