import test, { type ExecutionContext } from 'ava'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { until } from '@docket/test/support/until.ts'
import { logger } from '../log.ts'
import type { OutboxLead, OutboxStore, StoredOutboxRow } from './outbox-store.ts'
import { startRelay } from './relay.ts'

const row = (id: string, aggregateid = id, sequence = 1): StoredOutboxRow => ({
  id,
  eventId: id,
  aggregatetype: 'order',
  aggregateid,
  type: 'order.completed',
  sequence,
  time: '2026-01-01T00:00:00.000Z',
  traceparent: undefined,
  payload: '{}',
})

/** A relay that leads, over an outbox in memory. `send` gets the ids of events, and says which are too large. */
function aRelay(t: ExecutionContext, send: (ids: string[]) => string[]) {
  const waiting: StoredOutboxRow[] = []
  const warnings: { attempt?: number }[] = []
  const lead: OutboxLead = {
    lost: new AbortController().signal,
    release: async () => undefined,
    read: async (_limit, without) => waiting.filter(({ aggregateid }) => !without.includes(aggregateid)),
    remove: async ids => void waiting.splice(0, waiting.length, ...waiting.filter(({ id }) => !ids.includes(id))),
    onNotification: () => undefined,
  }
  const store: OutboxStore = {
    lead: async () => lead,
    showDebezium: async () => undefined,
    notify: () => undefined,
    depth: async () => ({ rows: 0, oldestSeconds: 0, modes: [] }),
  }
  const producer: RecordProducer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    async send(records) {
      const ids = records.map(({ headers }) => String(headers.ce_id))
      const tooLarge = send(ids)
      const positions = ids.keys().toArray()
      return {
        acknowledged: positions.filter(at => !tooLarge.includes(ids[at] ?? '')),
        tooLarge: positions.filter(at => tooLarge.includes(ids[at] ?? '')),
      }
    },
  }
  const log = logger('test', 'silent')
  log.warn = ((facts: { attempt?: number }) => void warnings.push(facts)) as typeof log.warn
  const relay = startRelay(store, producer, '/test', log)
  t.teardown(relay.stop)
  return {
    warnings,
    trouble: relay.trouble,
    writes(...rows: StoredOutboxRow[]) {
      waiting.push(...rows)
      relay.wake(rows)
    },
  }
}

test('a failure long after another is the first again, so it is tried again at once', async t => {
  const sent: string[] = []
  let mayFail = false
  const relay = aRelay(t, ids => {
    if (mayFail) {
      mayFail = false
      throw new Error('Kafka is gone')
    }
    sent.push(...ids)
    return []
  })
  for (const id of ['a', 'b']) {
    mayFail = true
    relay.writes(row(id))
    await until('it is sent', async () => sent.includes(id))
  }
  t.deepEqual(
    relay.warnings.map(({ attempt }) => attempt),
    [1, 1],
  )
})

test('what follows an event that its topic refuses is not sent before it, also from memory', async t => {
  const sent: string[] = []
  const relay = aRelay(t, ids => {
    const tooLarge = ids.filter(id => id === 'a1')
    sent.push(...ids.filter(id => id !== 'a1'))
    return tooLarge
  })
  relay.writes(row('a1', 'A', 1))
  await until('it is held', async () => relay.trouble() !== undefined)
  relay.writes(row('a2', 'A', 2))
  relay.writes(row('b1', 'B', 1))
  await until('another is sent', async () => sent.includes('b1'))
  relay.writes(row('a3', 'A', 3))
  relay.writes(row('b2', 'B', 2))
  await until('and the next', async () => sent.includes('b2'))
  t.deepEqual(sent, ['b1', 'b2'])
})
