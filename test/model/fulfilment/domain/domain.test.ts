import test from 'ava'
import { isRefused } from '@docket/chassis/refused.ts'
import { afterReport, claimOf, type CarrierReport } from './shipping-service/carrier-reports.ts'
import { ask, confirm, find, receive, type Return } from './shipping-service/returns.ts'
import { dispatch, shipmentsFor, withdraw, type Shipment } from './shipping-service/shipments.ts'

const mugs = (quantity: number) => ({ sku: 'mug', quantity })
const shipment = (change: Partial<Shipment> = {}): Shipment => ({
  id: 'S',
  location: 'main',
  status: 'shipped',
  lines: [mugs(2)],
  confirmed: false,
  ...change,
})
const aReturn = (change: Partial<Return> = {}): Return => ({
  id: 'R',
  shipmentId: 'S',
  kind: 'asked',
  status: 'requested',
  lines: [mugs(1)],
  ...change,
})
const codeOf = (answer: unknown) => (isRefused(answer) ? answer.refused : answer)

test('carrier reports end in the same status in every order, and twice', t => {
  const after = (...reports: CarrierReport[]) => reports.reduce(afterReport, 'shipped')
  t.is(after('lost', 'undeliverable', 'delivered', 'delivered'), 'delivered')
  t.is(after('delivered', 'lost', 'undeliverable', 'lost'), 'delivered')
  t.is(after('undeliverable', 'lost'), after('lost', 'undeliverable'))
  t.is(afterReport('open', 'lost'), 'open')
  t.is(claimOf(shipment({ status: 'lost' })), 'lost')
  t.is(claimOf(shipment({ status: 'lost', confirmed: true })), undefined)
  t.is(claimOf(shipment({ status: 'delivered' })), undefined)
})

test('what leaves keeps its id, and what has left is not withdrawn', t => {
  const [open] = shipmentsFor([{ location: 'main', ...mugs(2) }], () => 'S')
  if (!open) return t.fail()
  const decision = dispatch(open, [mugs(1)], 'rest')
  if (isRefused(decision)) return t.fail(decision.refused)
  const { left, rest } = decision
  t.like({ left, rest }, { left: { id: 'S', status: 'shipped' }, rest: { id: 'rest', status: 'open' } })
  const decided = withdraw([left, ...(rest ? [rest] : [])], [mugs(2)])
  t.deepEqual(decided.withdrawn, [{ location: 'main', ...mugs(1) }])
  t.deepEqual(decided.refused, [mugs(1)])
  t.is(decided.shipments[1]?.status, 'cancelled')
  t.is(codeOf(dispatch(left, [mugs(1)], '-')), 'shipment_shipped')
  t.is(codeOf(dispatch(open, [mugs(3)], '-')), 'not_in_shipment')
})

test('a piece is in one return: of those that were asked for, or of what is lost', t => {
  t.is(codeOf(ask(shipment(), [aReturn()], [mugs(2)], '-')), 'in_other_return')
  t.is(codeOf(ask(shipment({ status: 'lost' }), [], [mugs(1)], '-')), 'shipment_lost')
  const { returns, opened } = confirm(shipment(), 'lost', [aReturn()], 'L')
  t.deepEqual([returns[0]?.status, opened?.lines, opened?.condition], ['cancelled', [mugs(2)], 'lost'])
  const late = returns[0] as Return
  t.is(codeOf(receive(late, shipment(), returns, [mugs(1)], 'restock', '-')), 'in_other_return')
  t.like(find(opened as Return, returns, [mugs(1)], 'restock', 'F'), { kind: 'found', of: 'L' })
  t.is(codeOf(find(late, returns, [mugs(1)], 'restock', 'F')), 'not_lost')
})

test('goods of a cancelled return are received while no other has their lines, and the rest stays cancelled', t => {
  const late = aReturn({ status: 'cancelled', lines: [mugs(2)] })
  t.like(receive(late, shipment(), [late], [mugs(1)], 'scrap', 'rest'), {
    received: { status: 'received', condition: 'scrap' },
    rest: { id: 'rest', status: 'cancelled' },
  })
})
