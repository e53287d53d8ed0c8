import test from 'ava'
import fc from 'fast-check'
import type { Delivery } from './classify.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import { PoisonEvents } from './poison-events.ts'
import { processWithRetry, type RetryOptions } from './process-with-retry.ts'

const delivery = (id: string): Delivery => ({
  record: {
    topic: 'order-events',
    partition: 0,
    offset: id,
    timestamp: '0',
    key: Buffer.from(id),
    value: null,
    headers: {},
  },
  event: {
    id,
    type: 'order.completed',
    source: '/order-service',
    key: id,
    time: '',
    sequence: 1,
    data: { orderId: id },
  },
})

function processing(handle: (ids: string[]) => void, more: Partial<RetryOptions> = {}) {
  const done: string[] = []
  const options: RetryOptions = {
    async handle(events: readonly DocketEvent[]) {
      const ids = events.map(event => event.id)
      handle(ids)
      done.push(...ids)
    },
    isTransient: () => false,
    onRetry: () => undefined,
    signal: new AbortController().signal,
    ...more,
  }
  return { options, done }
}

test('a batch that can be handled is handled whole, once', async t => {
  const { options, done } = processing(() => undefined)
  t.deepEqual(await processWithRetry(['a', 'b', 'c'].map(delivery), options), [])
  t.deepEqual(done, ['a', 'b', 'c'])
})

test('a transient failure is retried until it is over, and nothing is dead-lettered', async t => {
  let failures = 6 // more than a permanent failure gets
  const { options, done } = processing(
    () => {
      if (failures-- > 0) throw new Error('the database is unavailable')
    },
    { isTransient: () => true },
  )
  t.deepEqual(await processWithRetry(['a', 'b'].map(delivery), options), [])
  t.deepEqual(done, ['a', 'b'])
})

test('a batch that takes longer than the database allows is handled in parts, in their order', async t => {
  const ids = Array.from({ length: 9 }, (_, index) => `event-${index}`)
  const { options, done } = processing(
    batch => {
      if (batch.length > 2) throw new Error('canceling statement due to statement timeout')
    },
    { isTransient: () => true },
  )
  t.deepEqual(await processWithRetry(ids.map(delivery), options), [])
  t.deepEqual(done, ids)
})

test('how often a batch has failed is counted on while it becomes smaller', async t => {
  const attempts: number[] = []
  let failures = 6
  const { options } = processing(
    () => {
      if (failures-- > 0) throw new Error('the database is unavailable')
    },
    { isTransient: () => true, onRetry: (_error, attempt) => attempts.push(attempt) },
  )
  await processWithRetry(['a', 'b', 'c', 'd'].map(delivery), options)
  t.deepEqual(attempts, [1, 2, 3, 4, 5, 6])
})

test('an event that a handler has named is dead-lettered, also when another of its batch keeps failing', async t => {
  const deliveries = ['a', 'b', 'c', 'd'].map(delivery)
  const { options, done } = processing(ids => {
    if (ids.includes('b')) throw new PoisonEvents([[deliveries[1]!.event, 'no such order']])
    if (ids.includes('d')) throw new Error('a bug')
  })
  const dead = await processWithRetry(deliveries, options)
  t.deepEqual(dead.map(({ record }) => record.offset).sort(), ['b', 'd'])
  t.deepEqual(done, ['a', 'c'])
})

test('the event that a handler names is dead-lettered, and the rest goes on without another split', async t => {
  let calls = 0
  const deliveries = ['a', 'b', 'c'].map(delivery)
  const { options, done } = processing(ids => {
    calls++
    if (ids.includes('b')) throw new PoisonEvents([[deliveries[1]!.event, 'no such order']])
  })
  const dead = await processWithRetry(deliveries, options)
  t.deepEqual(
    dead.map(letter => [letter.record.offset, letter.reason, letter.message]),
    [['b', 'cannot_be_handled', 'no such order']],
  )
  t.deepEqual(done, ['a', 'c'])
  t.is(calls, 2)
})

test('whichever events are poisonous, exactly these are dead-lettered, and all others are handled once and in order', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), async poisonous => {
      const ids = poisonous.map((_, position) => String(position).padStart(2, '0'))
      const bad = new Set(ids.filter((_, position) => poisonous[position]))
      const { options, done } = processing(some => {
        if (some.some(id => bad.has(id))) throw new Error('poison')
      })
      const dead = await processWithRetry(ids.map(delivery), options)
      t.deepEqual(
        dead.map(letter => letter.record.offset),
        [...bad],
      )
      t.deepEqual(
        done,
        ids.filter(id => !bad.has(id)),
      )
    }),
    { numRuns: 20 },
  )
})

test('a consumer that stops gives up waiting', async t => {
  const ending = new AbortController()
  const { options } = processing(
    () => {
      throw new Error('unavailable')
    },
    { isTransient: () => true, signal: ending.signal, onRetry: () => ending.abort(new Error('stopped')) },
  )
  await t.throwsAsync(processWithRetry([delivery('a')], options))
})

test('what a dead letter says of its error names no value that is masked', async t => {
  const { options } = processing(() => {
    throw new Error('(tok_1) is too long')
  })
  const { record, event } = delivery('a')
  const value = Buffer.from(JSON.stringify({ paymentToken: 'tok_1' }))
  const [letter] = await processWithRetry([{ record: { ...record, value }, event }], options)
  t.is(letter?.message, '((masked)) is too long')
})
