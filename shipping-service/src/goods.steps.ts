import type { Tx } from '@docket/chassis/database/database.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { mayPublish } from '@docket/chassis/messaging/published-types.ts'
import { refused, type Refused } from '@docket/chassis/refused.ts'
import type { Goods, Step } from './goods.ts'
import { saveGoods } from './goods.store.ts'
import type { Location } from './location.store.ts'

/** Saves what was decided about orders that the caller has locked, and publishes what happened. */
export async function save(tx: Tx, changes: readonly { before: Goods; step: Step }[]): Promise<void> {
  if (changes.length === 0) return
  saveGoods(
    tx,
    changes.map(({ before, step: { goods, happened } }) => ({
      before,
      after: { ...goods, sequence: before.sequence + happened.length },
    })),
  )
  await publish(
    tx,
    changes.flatMap(({ before, step: { goods, happened } }) =>
      happened.map((event, at) => ({ ...event, key: goods.orderId, sequence: before.sequence + 1 + at })),
    ),
  )
}

/** When a shipment that is opened now is late, by location; undefined where it leaves at once. */
export function lateAtBy(locations: readonly Location[], nowMs: number): (location: string) => string | undefined {
  if (!mayPublish('shipment.opened')) return () => undefined
  const manual = new Map(locations.filter(({ handover }) => handover === 'manual').map(one => [one.name, one]))
  return name => {
    const location = manual.get(name)
    return location && new Date(nowMs + location.lateAfterSeconds * 1_000).toISOString()
  }
}

/** Replicas of the release before would ignore the events, and lose them to their consumers. */
export const duringUpdate = (): Refused | undefined =>
  mayPublish('shipment.opened')
    ? undefined
    : refused('not_during_update', 'Possible once every service runs this release and PRODUCES_FROM says so.')
