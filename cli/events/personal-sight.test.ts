import test from 'ava'
import type { Mgmt } from '../mgmt.ts'
import { personalSight } from './personal-sight.ts'

const order = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'

function someone(role: 'observer' | 'operator', send: (...request: unknown[]) => Promise<unknown>) {
  return { api: { send }, sessions: { read: () => ({ role }) } } as unknown as Mgmt
}

test('that an operator sees the personal data of a dead letter is recorded, with its order', async t => {
  const sent: unknown[][] = []
  const operator = someone('operator', async (...request) => void sent.push(request))
  await personalSight(operator, { id: 'order-events/17', key: order.toUpperCase() }, 'a customer called')
  await personalSight(operator, { id: 'order-events/18', key: '(masked)' }, undefined)
  t.deepEqual(sent, [
    [
      'user',
      'POST',
      '/audit',
      { on: { kind: 'dead_letter', id: 'order-events/17' }, orderId: order, reason: 'a customer called' },
    ],
    ['user', 'POST', '/audit', { on: { kind: 'dead_letter', id: 'order-events/18' } }],
  ])
})

test('observers see none, and nobody does when it cannot be recorded', async t => {
  const letter = { id: 'order-events/17', key: order }
  const observer = someone('observer', async () => t.fail('nothing is recorded of what is not shown'))
  await t.throwsAsync(personalSight(observer, letter, undefined), { message: 'Only operators may see personal data.' })
  const unheard = someone('operator', () => Promise.reject(new Error('503')))
  await t.throwsAsync(personalSight(unheard, letter, undefined), { message: '503' })
})
