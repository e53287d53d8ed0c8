import test from 'ava'
import fc from 'fast-check'
import { happenedIn, standingOf, stepNames, steps, waitingFor, type Happened, type StepName } from './steps.ts'
import { orderStatuses } from './terms.ts'

const lines = (quantity: number) => ({ lines: [{ sku: 'mug', quantity }] })
const created = happenedIn('order.created', lines(3))
const reserved = happenedIn('stock.reserved', { orderId: 'A' })
const paid = happenedIn('payment.succeeded', { orderId: 'A' })
const accepted = happenedIn('order.accepted', lines(3))
const opened = (shipmentId: string) => happenedIn('shipment.opened', { shipmentId, ...lines(1) })
const shipped = (shipmentId: string) => happenedIn('shipment.shipped', { shipmentId, ...lines(1) })
const committed = (shipmentId: string, quantity: number) =>
  happenedIn('stock.committed', { shipmentId, ...lines(quantity) })
const requested = (requestId: string) => happenedIn('order.cancel_requested', { requestId, ...lines(1) })
const withdrawn = (requestId: string, quantity: number) =>
  happenedIn('shipment.lines_withdrawn', { requestId, withdrawn: lines(quantity).lines, refused: [] })
const returned = happenedIn('return.received', { returnId: 'B', shipmentId: 'S', ...lines(1) })
const counted = happenedIn('order.lines_returned', { returnId: 'B', ...lines(1) })

const begun = [created, reserved, paid, accepted]
const cases: [string, StepName | undefined, Happened[]][] = [
  ['only created', 'reservation', [created]],
  ['reserved', 'charge', [created, reserved]],
  ['refused by the stock, and not ended yet', 'ending', [created, happenedIn('stock.rejected', {})]],
  ['refused by the card, and not ended yet', 'ending', [created, reserved, happenedIn('payment.failed', {})]],
  ['paid', 'acceptance', [created, reserved, paid]],
  ['paid, and its stock.reserved was overtaken', 'acceptance', [created, paid]],
  ['accepted', 'shipment', begun],
  ['opened for people', 'handover', [...begun, opened('S')]],
  ['handed over by people', 'departure', [...begun, opened('S'), shipped('S')]],
  ['one of two shipments waits for people', 'handover', [...begun, opened('S'), shipped('S'), opened('T')]],
  ['shipped', 'departure', [...begun, shipped('S')]],
  ['a shipment of two has left', 'shipment', [...begun, shipped('S'), committed('S', 1)]],
  ['the second of two is on its way', 'departure', [...begun, shipped('S'), committed('S', 1), shipped('T')]],
  ['all has left', 'ending', [...begun, shipped('S'), committed('S', 3)]],
  ['the rest is withdrawn', 'ending', [...begun, shipped('S'), committed('S', 1), requested('R'), withdrawn('R', 2)]],
  ['completed', undefined, [...begun, shipped('S'), committed('S', 3), happenedIn('order.completed', {})]],
  ['rejected', undefined, [created, happenedIn('stock.rejected', {}), happenedIn('order.rejected', {})]],
  ['cancelled', undefined, [...begun, happenedIn('order.cancelled', {})]],
  ['a cancel request', 'withdrawal', [...begun, opened('S'), requested('R')]],
  ['a cancel request after its end', 'withdrawal', [...begun, requested('R'), happenedIn('order.completed', {})]],
  ['a cancel request that was refused', 'shipment', [...begun, requested('R'), withdrawn('R', 0)]],
  ['one of two requests is answered', 'withdrawal', [...begun, requested('R'), requested('Q'), withdrawn('R', 1)]],
  ['a return that overtakes its shipment', 'return', [...begun, returned]],
  ['a return that is counted', 'shipment', [...begun, returned, counted]],
  ['a return of a cancelled order', undefined, [...begun, happenedIn('order.cancelled', {}), returned]],
  ['only its end was seen', undefined, [happenedIn('order.completed', {})]],
  ['only its shipment was seen', 'departure', [shipped('S')]],
  ['only the end of its shipment was seen', 'ending', [shipped('S'), committed('S', 1)]],
]

test('an order waits for the first step that has not happened', t => {
  for (const [title, name, events] of cases) t.is(waitingFor(standingOf(events))?.name, name, title)
  t.deepEqual(
    cases
      .flatMap(([, name]) => name ?? [])
      .toSorted()
      .filter((name, at, all) => name !== all[at - 1]),
    stepNames.toSorted(),
  )
  t.deepEqual(waitingFor(standingOf([created])), {
    name: 'reservation',
    service: 'inventory-service',
    step: 'the reservation of stock',
  })
})

test('the order and number of events do not matter, and nor does data that breaks the contract', t => {
  const history = fc.constantFrom(...cases)
  fc.assert(
    fc.property(history, fc.infiniteStream(fc.nat(99)), ([, name, events], chance) => {
      const shuffled = [...events, ...events].toSorted(() => chance.next().value - 50)
      return waitingFor(standingOf(shuffled))?.name === name
    }),
  )
  fc.assert(
    fc.property(
      fc.constantFrom('order.created', 'shipment.opened', 'stock.committed', 'x'),
      fc.anything(),
      (type, data) => {
        const name = waitingFor(standingOf([happenedIn(type, data)]))?.name
        return name !== undefined && Object.hasOwn(steps, name)
      },
    ),
  )
  t.pass()
})

test('an event that is delivered again and again moves no order on, and takes none back', t => {
  for (const [title, name, events] of cases)
    for (const one of events)
      t.is(waitingFor(standingOf([...events, one, one, one]))?.name, name, `${title}: ${one.type}`)
})

test('the status of its row is believed more than its events', t => {
  for (const status of orderStatuses) {
    const name = waitingFor(standingOf([created], status))?.name
    t.is(name, status === 'pending' ? 'reservation' : status === 'accepted' ? 'shipment' : undefined, status)
  }
})
