import test from 'ava'
import fc from 'fast-check'
import { isFinal, orderStatuses, type OrderStatus } from '@docket/contract/terms.ts'
import { mayBecome } from './order.ts'

test('an order that is final stays as it is', t => {
  for (const status of orderStatuses.filter(isFinal)) {
    for (const from of Object.values(mayBecome)) t.false(from.includes(status), status)
  }
})

test('an accepted order can only be completed', t => {
  t.deepEqual(
    Object.entries(mayBecome)
      .filter(([, from]) => from.includes('accepted'))
      .map(([to]) => to),
    ['completed'],
  )
})

test('whatever comes, in whatever order and however often: one ending at most, and nothing after it', t => {
  const steps = fc.array(fc.constantFrom('accepted', 'rejected', 'cancelled', 'completed'))
  fc.assert(
    fc.property(steps, wanted => {
      const lived: OrderStatus[] = ['pending']
      for (const next of wanted) if (mayBecome[next].includes(lived.at(-1) ?? 'pending')) lived.push(next)
      const endings = lived.filter(isFinal)
      return (
        endings.length <= 1 &&
        (endings.length === 0 || isFinal(lived.at(-1) ?? 'pending')) &&
        (!lived.includes('completed') || lived.at(-2) === 'accepted')
      )
    }),
  )
  t.pass()
})
