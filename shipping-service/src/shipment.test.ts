import test from 'ava'
import { isRefused } from '@docket/chassis/refused.ts'
import { dispatch, shipmentsFor, withdraw } from './shipment.ts'

const mugs = (quantity: number) => ({ sku: 'mug', quantity })
const codeOf = (answer: unknown) => (isRefused(answer) ? answer.refused : answer)

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
