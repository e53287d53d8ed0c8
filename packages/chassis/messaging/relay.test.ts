import test, { type ExecutionContext } from 'ava'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { storedRow as row } from '@docket/test/support/outbox-rows.ts'
import { until } from '@docket/test/support/until.ts'
import { logger } from '../log.ts'
import type { OutboxLead, OutboxStore, StoredOutboxRow } from './outbox-store.ts'
import { startRelay } from './relay.ts'

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
    partitionOf: topic => `${topic}/0`,
    async send(records) {
      const ids = records.map(({ headers }) => String(headers.ce_id))
      const tooLarge = send(ids)
      const positions = ids.keys().toArray()
      return {
        acknowledged: positions.filter(at => !tooLarge.includes(ids[at] ?? '')),
        tooLarge: positions.filter(at => tooLarge.includes(ids[at] ?? '')),
        unavailable: [],
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
  for (const order of ['A', 'B']) {
    mayFail = true
    relay.writes(row(order, 1))
    await until('it is sent', async () => sent.includes(`${order}1`))
  }
  t.deepEqual(
    relay.warnings.map(({ attempt }) => attempt),
    [1, 1],
  )
})

test('what follows an event that its topic refuses is not sent before it, also from memory', async t => {
  const sent: string[] = []
  const relay = aRelay(t, ids => {
    const tooLarge = ids.filter(id => id === 'A1')
    sent.push(...ids.filter(id => id !== 'A1'))
    return tooLarge
  })
  relay.writes(row('A', 1))
  await until('it is held', async () => relay.trouble() !== undefined)
  relay.writes(row('A', 2))
  relay.writes(row('B', 1))
  await until('another is sent', async () => sent.includes('B1'))
  relay.writes(row('A', 3))
  relay.writes(row('B', 2))
  await until('and the next', async () => sent.includes('B2'))
  t.deepEqual(sent, ['B1', 'B2'])
})
