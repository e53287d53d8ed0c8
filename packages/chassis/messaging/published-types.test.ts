import test from 'ava'
import type { OutboxRow } from './outbox-store.ts'
import type { Tx } from '../database/database.ts'
import { publish } from './outbox.ts'
import { mayPublish, newerTypes, publishOnlyTypesOf, releaseBefore } from './published-types.ts'
import { sinceOf } from '@docket/contract/generated/contract.ts'

const since = { 'order.created': '0.1.0', 'order.split': '0.2.0', 'order.merged': '0.10.0', 'order.held': '0.10.1' }

test('the release before is the newest that brought types and is older', t => {
  t.is(releaseBefore('0.10.1', since), '0.10.0')
  t.is(releaseBefore('0.10.0', since), '0.2.0')
  t.is(releaseBefore('0.3.0', since), '0.2.0')
  t.is(releaseBefore('0.1.0', since), '0.1.0', 'the first has none before it')
})

test('a release that brought values alone counts too', t => {
  t.is(releaseBefore('0.4.0', { ...since, 'order.held reason lost': '0.3.0' }), '0.3.0')
})

test('types of newer releases are withheld, by number and not by letter', t => {
  t.deepEqual([...newerTypes('0.2.0', since)], ['order.merged', 'order.held'])
  t.deepEqual([...newerTypes('0.9.9', since)], ['order.merged', 'order.held'])
  t.deepEqual([...newerTypes('0.10.1', since)], [])
})

test('types that came with their topic are not withheld, as no consumer of an older release reads it', t => {
  t.deepEqual(
    [...newerTypes('0.1.0', { ...since, 'order.created': '0.1.0', 'operator.acted': '0.2.0' })],
    [...newerTypes('0.1.0', since)],
  )
  t.deepEqual([...newerTypes('0.1.0', { 'user.disabled': '0.2.0', 'user.enabled': '0.1.0' })], ['user.disabled'])
})

const order = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'

function aTransaction() {
  const appended: OutboxRow[] = []
  const tx = { append: rows => void appended.push(...rows), traceOf: () => undefined } as Partial<Tx> as Tx
  return { tx, appended }
}

test.serial(
  'an event of a type that consumers may not know yet is not published, until the switch allows it',
  async t => {
    const events = [{ type: 'order.completed', key: order, sequence: 1, data: { orderId: order } }] as const
    const { tx, appended } = aTransaction()
    publishOnlyTypesOf('0.1.0', { ...sinceOf, 'order.completed': '0.2.0' })
    t.false(mayPublish('order.completed'))
    await t.throwsAsync(publish(tx, events), { message: /order\.completed .* may not be published yet: PRODUCES_FROM/ })
    t.deepEqual(appended, [])
    publishOnlyTypesOf('0.2.0', { ...sinceOf, 'order.completed': '0.2.0' })
    await publish(tx, events)
    t.is(appended.length, 1)
  },
)
