import test from 'ava'
import { isRefused } from '@docket/chassis/refused.ts'
import { ask, confirm, find, receive, type CountedPieces, type Return } from './return.ts'

const mugs = (quantity: number) => ({ sku: 'mug', quantity })
const counted = (quantity: number, condition: CountedPieces['condition'] = 'restock') => ({
  ...mugs(quantity),
  condition,
})
const shipment = { id: 'S', status: 'shipped', lines: [mugs(2)] } as const
const aReturn = (change: Partial<Return> = {}): Return => ({
  id: 'R',
  shipmentId: 'S',
  kind: 'asked',
  status: 'requested',
  lines: [mugs(1)],
  ...change,
})
const codeOf = (answer: unknown) => (isRefused(answer) ? answer.refused : answer)

test('a piece is in one return: of those that were asked for, or of what is lost', t => {
  t.is(codeOf(ask(shipment, [aReturn()], [mugs(2)], '-')), 'in_other_return')
  t.is(codeOf(ask({ ...shipment, status: 'lost' }, [], [mugs(1)], '-')), 'shipment_lost')
  const { returns, opened } = confirm(shipment, 'lost', [aReturn()], 'L')
  t.deepEqual([returns[0]?.status, opened?.lines], ['cancelled', [{ ...mugs(2), condition: 'lost' }]])
  const [late, lost] = [returns[0] as Return, opened as Return]
  const all = [...returns, lost]
  t.is(codeOf(receive(late, shipment, all, [counted(1)], '-')), 'in_other_return')
  t.like(find(lost, all, [counted(1)], 'F'), { kind: 'found', lostIn: 'L' })
  t.is(codeOf(find(late, all, [counted(1)], 'F')), 'not_lost')
})

test('goods of a cancelled return are received while no other has their lines, and the rest stays cancelled', t => {
  const late = aReturn({ status: 'cancelled', lines: [mugs(2)] })
  t.like(receive(late, shipment, [late], [counted(1, 'scrap')], 'rest'), {
    received: { status: 'received', lines: [counted(1, 'scrap')] },
    rest: { id: 'rest', status: 'cancelled' },
  })
})

test('an item is counted in several conditions, and no more of it than is in the return', t => {
  const one = aReturn({ lines: [mugs(2)] })
  const both = [counted(1, 'restock'), counted(1, 'scrap')]
  t.like(receive(one, shipment, [one], both, '-'), { received: { lines: both }, rest: undefined })
  t.is(codeOf(receive(one, shipment, [one], [counted(2, 'restock'), counted(1, 'scrap')], '-')), 'not_in_return')
})
