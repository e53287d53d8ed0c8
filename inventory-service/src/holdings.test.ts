import test from 'ava'
import fc from 'fast-check'
import { isRefused } from '@docket/chassis/refused.ts'
import { find, inTurn, releaseLines, releaseRest, ship, takeBack, type Effect, type Holding } from './holdings.ts'

const mugs = (quantity: number, location = 'main') => ({ location, sku: 'mug', quantity })
const plates = (quantity: number, location = 'main') => ({ location, sku: 'plate', quantity })
const holding = (change: Partial<Holding> = {}): Holding => ({
  orderId: 'A',
  status: 'reserved',
  version: 1,
  pieces: [mugs(2), plates(1)],
  counted: new Set(),
  ...change,
})
const after = (effect: ReturnType<typeof ship>): Holding => {
  if (!effect || isRefused(effect)) throw new Error('it has no effect')
  return effect.holding
}

test('a shipment with a part leaves the rest reserved, and is counted once', t => {
  const partly = after(ship(holding(), { shipmentId: 'S', lines: [{ sku: 'mug', quantity: 1 }] }))
  t.like(partly, { status: 'reserved', pieces: [mugs(1), plates(1)] })
  t.is(ship(partly, { shipmentId: 'S', lines: [{ sku: 'mug', quantity: 1 }] }), undefined)
})

test('the shipment with the last pieces commits the stock, and so does one that names no lines', t => {
  const rest = { shipmentId: 'T', location: 'main', lines: [plates(1), mugs(2)] }
  t.is(after(ship(holding(), rest)).status, 'committed')
  t.is(after(ship(holding(), { shipmentId: 'T' })).status, 'committed')
  t.is(ship(after(ship(holding(), rest)), rest), undefined)
})

test('what leaves one location stays reserved at the other', t => {
  const held = holding({ pieces: [mugs(1), mugs(1, 'shop')] })
  const left = ship(held, { shipmentId: 'S', location: 'shop', lines: [{ sku: 'mug', quantity: 1 }] })
  t.like(after(left), { status: 'reserved', pieces: [mugs(1)] })
})

test('nothing takes more than is reserved there', t => {
  const held = holding({ pieces: [mugs(1), mugs(1, 'shop')] })
  const lines = [{ sku: 'mug', quantity: 2 }]
  t.true(isRefused(ship(held, { shipmentId: 'S', location: 'shop', lines })))
  t.true(isRefused(releaseLines(held, { requestId: 'R', lines: [mugs(2)] })))
  t.true(isRefused(releaseLines(held, { requestId: 'R', lines: [plates(1)] })))
})

test('cancelled lines are released where they lie, once', t => {
  const withdrawn = { requestId: 'R', lines: [mugs(2)] }
  const effect = releaseLines(holding(), withdrawn)
  t.like(after(effect), { status: 'reserved', pieces: [plates(1)] })
  t.is(releaseLines(after(effect), withdrawn), undefined)
  t.is(after(releaseLines(after(effect), { requestId: 'Q', lines: [plates(1)] })).status, 'committed')
})

test('the end of an order releases what is still reserved, and nothing that has left', t => {
  const partly = after(ship(holding(), { shipmentId: 'S', lines: [mugs(2)] }))
  t.like(releaseRest(partly), { holding: { status: 'released' }, movements: [{ sku: 'plate', reserved: -1 }] })
  t.is(releaseRest(after(ship(holding(), { shipmentId: 'S' }))), undefined)
})

test('a return counts once, whatever became of the order', t => {
  const goods = { returnId: 'R', from: 'main', to: 'main', lines: [{ ...mugs(1), condition: 'restock' as const }] }
  for (const count of [takeBack, find]) {
    const effect = count(holding({ status: 'committed' }), goods)
    t.is(after(effect).status, 'committed')
    t.is(count(after(effect), goods), undefined)
  }
})

test('events about one order take effect one after another, each with the next sequence', t => {
  const events = ['S', 'S', 'T'].map(shipmentId => ({ key: 'A', shipmentId, lines: [{ sku: 'mug', quantity: 1 }] }))
  const { after, effects, refusals } = inTurn(new Map([['A', holding()]]), events, ship)
  t.like(after.get('A'), { version: 3, pieces: [plates(1)] })
  t.deepEqual(
    effects.map(([{ shipmentId }, effect]) => [shipmentId, effect.holding.version]),
    [
      ['S', 2],
      ['T', 3],
    ],
  )
  t.deepEqual(refusals, [])
})

test('an order that is not known here is refused', t => {
  const { refusals } = inTurn(new Map(), [{ key: 'A', shipmentId: 'S' }], ship)
  t.is(refusals[0]?.[1].refused, 'unknown_order')
})

const part = fc.record({
  location: fc.constantFrom('main', 'shop'),
  sku: fc.constantFrom('mug', 'plate'),
  n: fc.integer({ min: 1, max: 3 }),
})

test('what is taken in parts adds up to what was reserved, and no part is taken twice', t => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.array(fc.boolean()), (parts, isShipped) => {
      const pieces = [mugs(3), mugs(2, 'shop'), plates(2)]
      const effects: Effect[] = []
      let held = holding({ pieces })
      parts.forEach(({ location, sku, n }, index) => {
        const lines = [{ location, sku, quantity: n }]
        const effect = isShipped[index]
          ? ship(held, { shipmentId: `${index}`, location, lines })
          : releaseLines(held, { requestId: `${index}`, lines })
        if (!effect || isRefused(effect)) return
        effects.push(effect)
        held = effect.holding
      })
      const rest = releaseRest(held)
      const movements = [...effects, ...(rest ? [rest] : [])].flatMap(effect => effect.movements)
      return pieces.every(
        ({ location, sku, quantity }) =>
          movements
            .filter(one => one.location === location && one.sku === sku)
            .reduce((sum, one) => sum + (one.reserved ?? 0), 0) === -quantity,
      )
    }),
  )
  t.pass()
})
