import type { Tx } from '@docket/chassis/database/database.ts'
import { lockingFirst, savesMarks, type Batch } from '@docket/chassis/messaging/handlers.ts'
import { newId } from '@docket/chassis/id.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import type { EventOf } from '@docket/contract/event.ts'
import { mainLocation } from '@docket/contract/terms.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { accept, withdrawAll, type Goods, type Step } from './goods.ts'
import { claimOrders, lockGoods, type ClaimedOrders } from './goods.store.ts'
import { lateAtBy, save } from './goods.steps.ts'
import { readLocations } from './location.store.ts'
import { insertShipments } from './shipment.store.ts'
import { labelFor } from './simulated-carrier.ts'
import { claimRequests, takeKeptRequests } from './withdrawal.store.ts'

interface Locked {
  claimed: ClaimedOrders
  /** When a shipment that is opened now is late; undefined where it leaves at once. */
  lateAt(location: string): string | undefined
}

async function lock(tx: Tx, batch: Batch): Promise<Locked> {
  const { 'order.accepted': accepted = [], 'order.cancel_requested': requested = [] } = batch
  if (accepted.length + requested.length === 0) return { claimed: new Map(), lateAt: () => undefined }
  const [claimed, locations] = await Promise.all([
    claimOrders(tx, idsOf(accepted), idsOf(requested)),
    accepted.length > 0 ? readLocations(tx) : [],
  ])
  return { claimed, lateAt: lateAtBy(locations, Date.now()) }
}

/** Types are listed in the order of an order's life, because they are handled in this order. */
export const handlers = lockingFirst(lock, {
  ...savesMarks,

  'order.accepted': async (tx, events, { claimed, lateAt }) => {
    const orders = [...new Map(events.map(event => [event.key, event])).values()].filter(({ key }) => claimed.has(key))
    const { leaving = [], planned = [] } = Object.groupBy(orders, ({ key, data }) =>
      !claimed.get(key) && isAllFromMain(data) && lateAt(mainLocation) === undefined ? 'leaving' : 'planned',
    )
    await shipAtOnce(tx, leaving)
    if (planned.length > 0) await open(tx, planned, { claimed, lateAt })
  },

  'order.cancel_requested': async (tx, events) => {
    const goods = await lockGoods(tx, idsOf(events))
    const requests = events.map(({ data }) => ({ ...data, isDecided: goods.get(data.orderId)?.isAccepted === true }))
    const claimed = await claimRequests(tx, requests) // drops duplicates
    const open = requests.filter(({ requestId, isDecided }) => claimed.delete(requestId) && isDecided)
    const steps = [...Map.groupBy(open, ({ orderId }) => orderId)].map(([id, some]): [string, Step] => [
      id,
      withdrawAll(goods.get(id) as Goods, some), // its order is known, or it would not be decided yet
    ])
    await failpoint('lines-withdrawn', () => save(tx, changesOf(goods, steps)))
  },
})

const idsOf = (events: readonly { key: string }[]) => events.map(event => event.key)

const isAllFromMain = ({ allocations = [] }: EventOf<'order.accepted'>['data']) =>
  allocations.every(({ location }) => location === mainLocation)

/** The common case: the whole order in one shipment. It costs a row more than the claim. */
async function shipAtOnce(tx: Tx, orders: readonly EventOf<'order.accepted'>[]): Promise<void> {
  if (orders.length === 0) return
  const shipments = orders.map(({ data }) => {
    const id = newId()
    return { ...data, id, ...labelFor(id) }
  })
  const inserted = await insertShipments(tx, shipments) // drops orders that a replica of the release before has shipped
  await publish(
    tx,
    shipments
      .filter(({ id }) => inserted.has(id))
      .map(({ orderId, id, carrier, trackingNumber }) => ({
        type: 'shipment.shipped',
        key: orderId,
        sequence: 1,
        data: { orderId, shipmentId: id, carrier, trackingNumber },
      })),
  )
}

/** Orders that leave later, from several locations, or of which something was cancelled before. */
async function open(tx: Tx, orders: readonly EventOf<'order.accepted'>[], { claimed, lateAt }: Locked): Promise<void> {
  const overtaken = idsOf(orders).filter(id => claimed.get(id))
  const goods = await lockGoods(tx, idsOf(orders))
  const kept = overtaken.length > 0 ? await takeKeptRequests(tx, overtaken) : new Map<string, never>()
  const steps = orders.map(({ key, data }): [string, Step] => {
    const { customerId, shippingAddress, lines } = data
    const before = goods.get(key) as Goods // it was claimed in this transaction
    const requests = kept.get(key) ?? []
    if (before.shipments.length > 0) return [key, withdrawAll(before, requests)] // the release before has shipped it
    const allocations = data.allocations ?? lines.map(line => ({ location: mainLocation, ...line }))
    const order = { ...before, customerId, shippingAddress }
    return [key, accept(order, { allocations, requests, lateAt, labelFor, newId })]
  })
  await failpoint('shipments-opened', () => save(tx, changesOf(goods, steps)))
}

const changesOf = (goods: ReadonlyMap<string, Goods>, steps: readonly [id: string, Step][]) =>
  steps.map(([id, step]) => ({ before: goods.get(id) as Goods, step })) // a step follows from what was locked
