import test from 'ava'
import { isRefused, type Refused } from '@docket/chassis/refused.ts'
import {
  accept,
  askReturn,
  dispatchFrom,
  endReturn,
  receiveReturn,
  report,
  type Goods,
  type OrderReturn,
  type OrderShipment,
  type Step,
} from './goods.ts'

const mugs = (quantity: number) => ({ sku: 'mug', quantity })
const label = { carrier: 'Harbour Post', trackingNumber: 'HP1' }
const at = '2026-02-01T12:00:00.000Z'
const ids = () => {
  let n = 0
  return () => `id ${++n}`
}

const goods = (more: Partial<Goods> = {}): Goods => ({
  orderId: 'A',
  isAccepted: true,
  sequence: 1,
  shipments: [],
  returns: [],
  ...more,
})
const shipped: OrderShipment = {
  id: 'S',
  location: 'main',
  status: 'shipped',
  lines: [mugs(2)],
  confirmed: false,
  ...label,
}

const accepted = (requested: number, lateAt: string | undefined) =>
  accept(goods({ isAccepted: false }), {
    allocations: [{ location: 'main', ...mugs(2) }],
    requests: requested > 0 ? [{ requestId: 'request', lines: [mugs(requested)] }] : [],
    lateAt: () => lateAt,
    labelFor: () => label,
    newId: ids(),
  })

const typesOf = ({ happened }: Step) => happened.map(({ type }) => type)
const done = (step: Step | Refused): Step => {
  if (isRefused(step)) throw new Error(step.refused)
  return step
}
const codeOf = (step: Step | Refused) => (isRefused(step) ? step.refused : undefined)

test('an order leaves at once, or waits where people hand over', t => {
  t.deepEqual(typesOf(accepted(0, undefined)), ['shipment.shipped'])
  t.deepEqual(typesOf(accepted(0, at)), ['shipment.opened'])
})

test('what a request that overtook its order withdraws does not leave', t => {
  const some = accepted(1, undefined)
  t.deepEqual(typesOf(some), ['shipment.lines_withdrawn', 'shipment.shipped'])
  t.deepEqual(some.goods.shipments[0]?.lines, [mugs(1)])
  const all = accepted(2, undefined)
  t.deepEqual(typesOf(all), ['shipment.lines_withdrawn'])
  t.is(all.goods.shipments[0]?.status, 'cancelled')
})

test('what stays at a dispatch in part is an open shipment, late when the first would have been', t => {
  const open: OrderShipment = {
    id: 'S',
    location: 'main',
    status: 'open',
    lines: [mugs(2)],
    confirmed: false,
    lateAt: at,
  }
  const step = done(dispatchFrom(goods({ shipments: [open] }), open, { ...label, lines: [mugs(1)], restId: 'rest' }))
  t.deepEqual(typesOf(step), ['shipment.shipped', 'shipment.opened'])
  t.like(step.goods.shipments, [
    { id: 'S', status: 'shipped', lines: [mugs(1)] },
    { id: 'rest', status: 'open', lines: [mugs(1)], lateAt: at },
  ])
})

test("a carrier's word moves no money, an operator's does, and once", t => {
  for (const status of ['lost', 'undeliverable'] as const) {
    const claimed = report(goods({ shipments: [shipped] }), shipped, { status, at }, false, ids())
    t.deepEqual(typesOf(claimed), [])
    const shipment = claimed.goods.shipments[0] as OrderShipment
    t.like(shipment, { status, confirmed: false })
    const confirmed = report(claimed.goods, shipment, { status, at }, true, ids())
    t.deepEqual(typesOf(confirmed), [`shipment.${status}`, status === 'lost' ? 'return.received' : 'return.requested'])
    const again = report(confirmed.goods, confirmed.goods.shipments[0] as OrderShipment, { status, at }, true, ids())
    t.deepEqual(typesOf(again), [])
  }
})

test('a report that a higher one overrules confirms nothing', t => {
  const undeliverable: OrderShipment = { ...shipped, status: 'undeliverable' }
  const step = report(goods({ shipments: [undeliverable] }), undeliverable, { status: 'lost', at }, true, ids())
  t.deepEqual(typesOf(step), [])
  t.is(step.goods.shipments[0]?.status, 'undeliverable')
})

const firstReturn = ({ returns }: Goods) => returns[0] as OrderReturn

const returnOf = (n: number, before: Goods) =>
  done(askReturn(before, { id: `return ${n}`, lines: [mugs(1)], requestedBy: 'anna' })).goods

test('goods are received once, and a return that was cancelled leaves its lines to others', t => {
  const [one, both] = [returnOf(1, goods({ shipments: [shipped] }))].flatMap(first => [first, returnOf(2, first)]) as [
    Goods,
    Goods,
  ]
  t.is(codeOf(askReturn(both, { id: 'third', lines: [mugs(1)], requestedBy: 'anna' })), 'in_other_return')
  const cancelled = done(endReturn(one, firstReturn(one))).goods
  t.is(codeOf(askReturn(cancelled, { id: 'again', lines: [mugs(2)], requestedBy: 'anna' })), undefined)
  const receipt = { lines: [{ ...mugs(1), condition: 'restock' as const }], location: 'shop', newId: 'rest' }
  const received = done(receiveReturn(one, firstReturn(one), receipt))
  t.like(received.happened, [{ type: 'return.received', data: { from: 'main', to: 'shop' } }])
  t.is(codeOf(receiveReturn(received.goods, firstReturn(received.goods), receipt)), 'already_received')
})

test('a return is of one shipment: the first that has all the lines', t => {
  const second: OrderShipment = { ...shipped, id: 'T', lines: [mugs(3)] }
  const before = goods({ shipments: [{ ...shipped, status: 'lost' }, shipped, second] })
  const ask = (quantity: number) => askReturn(before, { id: 'return', lines: [mugs(quantity)], requestedBy: 'anna' })
  t.is(done(ask(2)).goods.returns[0]?.shipmentId, 'S')
  t.is(done(ask(3)).goods.returns[0]?.shipmentId, 'T')
  t.true(isRefused(ask(4)))
  t.is(codeOf(askReturn(goods(), { id: 'return', lines: [mugs(1)], requestedBy: 'anna' })), 'nothing_shipped')
})

test('no more turns up than was lost', t => {
  const lost = report(goods({ shipments: [shipped] }), shipped, { status: 'lost', at }, true, ids()).goods
  const receipt = (quantity: number, newId: string) => ({
    lines: [{ ...mugs(quantity), condition: 'restock' as const }],
    location: 'main',
    newId,
  })
  const found = done(receiveReturn(lost, firstReturn(lost), receipt(1, 'found')))
  t.like(found.happened, [{ type: 'return.found', data: { returnId: 'found', lostIn: lost.returns[0]?.id } }])
  t.is(codeOf(receiveReturn(found.goods, firstReturn(lost), receipt(2, 'more'))), 'not_in_return')
})
