import test, { type ExecutionContext } from 'ava'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { storedRow as row } from '@docket/test/support/outbox-rows.ts'
import { slow } from '@docket/test/support/slow.ts'
import { until } from '@docket/test/support/until.ts'
import { logger } from '../log.ts'
import type { OutboxLead, OutboxStore, StoredOutboxRow } from './outbox-store.ts'
import { startRelay } from './relay.ts'

/** Events of an order `sick…` belong to a partition of their own, which takes none. */
const isSick = (key: string | null | undefined) => key?.startsWith('sick') === true

/**
 * A relay that leads, over an outbox in memory. `send` gets the ids of events, and says which are too large; without an
 * answer, none was taken.
 */
function aRelay(
  t: ExecutionContext,
  send: (ids: string[]) => string[] | undefined | Promise<string[] | undefined>,
  beforeRead = async () => {},
) {
  const waiting: StoredOutboxRow[] = []
  const warnings: { attempt?: number }[] = []
  let leads = 0
  const lead: OutboxLead = {
    lost: new AbortController().signal,
    release: async () => undefined,
    async read(_limit, without, hasToWait = () => false) {
      await beforeRead()
      return waiting.filter(row => !without.includes(row.aggregateid) && !hasToWait(row))
    },
    remove: async ids => void waiting.splice(0, waiting.length, ...waiting.filter(({ id }) => !ids.includes(id))),
    onNotification: () => undefined,
  }
  const store: OutboxStore = {
    async lead() {
      leads++
      return lead
    },
    showDebezium: async () => undefined,
    notify: () => undefined,
    depth: async () => ({ rows: 0, oldestSeconds: 0, modes: [] }),
  }
  const producer: RecordProducer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    partitionOf: (topic, key) => `${topic}/${isSick(key) ? 1 : 0}`,
    async send(records) {
      const ids = records.map(({ headers }) => String(headers.ce_id))
      const tooLarge = await send(ids)
      if (!tooLarge) return { acknowledged: [], tooLarge: [], unavailable: [], failure: new Error('no answer') }
      const sick = records.flatMap(({ key }, at) => (isSick(key) ? [at] : []))
      const positions = ids
        .keys()
        .filter(at => !sick.includes(at))
        .toArray()
      return {
        acknowledged: positions.filter(at => !tooLarge.includes(ids[at] ?? '')),
        tooLarge: positions.filter(at => tooLarge.includes(ids[at] ?? '')),
        unavailable: sick.length > 0 ? ['order-events/1'] : [],
        ...(sick.length > 0 && { failure: new Error('it has no leader') }),
      }
    },
  }
  const log = logger('test', 'silent')
  log.warn = ((facts: { attempt?: number }) => void warnings.push(facts)) as typeof log.warn
  const relay = startRelay(store, producer, '/test', log)
  t.teardown(relay.stop)
  return {
    warnings,
    leads: () => leads,
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

/** What a read or a send takes that is slow. */
async function passing(ms: number): Promise<void> {
  const untilMs = performance.now() + ms
  await until('the time has passed', async () => performance.now() > untilMs)
}

type Writes = ReturnType<typeof aRelay>['writes']

/**
 * What happens behind a partition that takes nothing, when reads take half a second: `read`, and the ids that are sent,
 * from A1 on, which follows a slow read.
 */
async function behindSlowReads(t: ExecutionContext, send: (ids: string[], writes: Writes) => string[] | undefined) {
  const happened: string[] = []
  const slowly = async () => {
    happened.push('read')
    await passing(500)
  }
  const noting = (ids: string[]) => {
    happened.push(...ids)
    return send(ids, relay.writes)
  }
  const relay = aRelay(t, noting, slowly)
  relay.writes(row('sick', 1))
  await until('it rests, and a read passes over it', async () => happened.join(' ').startsWith('read sick1 read'))
  relay.writes(row('A', 1)) // found by the read, or sent behind it
  await until('A is sent', async () => happened.includes('A1'))
  return () => happened.slice(happened.indexOf('A1')).join(' ')
}

test('while reads of an outbox in which many rows wait pause, what follows on is sent from memory', async t => {
  const happened = await behindSlowReads(t, (ids, writes) => {
    if (ids.includes('A1')) writes(row('of another', 2), row('B', 1))
    return []
  })
  await until('all is sent', async () => happened().includes('of another2'))
  t.regex(happened(), /^A1 B1 read/)
})

/** What happens when `next` follows A1 and fails once, with all that is sent with it. */
async function whenItFailsOnce(t: ExecutionContext, next: StoredOutboxRow) {
  let mayFail = true
  const happened = await behindSlowReads(t, (ids, writes) => {
    if (ids.includes('A1')) writes(next)
    if (!ids.includes(next.eventId) || !mayFail) return []
    mayFail = false
    writes(row('C', 1)) // would be sent before the next read, if that paused
    return undefined
  })
  await until('all is sent', async () => happened().includes('C1'))
  return happened()
}

test('what could not be sent while reads pause is read at once', async t => {
  t.regex(await whenItFailsOnce(t, row('B', 1)), /^A1 B1 read/)
})

test('what was read, and failed together with others, is read again at once', async t => {
  t.regex(await whenItFailsOnce(t, row('of another', 2)), /^A1 read .*of another2 read/)
})

/** A relay whose first sends fail, each after the given seconds, for all of their events. */
function behindALink(t: ExecutionContext, ...seconds: number[]) {
  let sends = 0
  const relay = aRelay(t, async () => {
    const failsAfter = seconds[sends++]
    if (failsAfter === undefined) return []
    await passing(failsAfter * 1_000)
    return undefined
  })
  relay.writes(row('A', 1))
  return { leads: relay.leads, isSent: async () => sends > seconds.length }
}

test('a relay whose connection to Kafka answers nothing gives the lead up after its second failure', async t => {
  slow(t, 12, 'the lead is kept for 10 s')
  const { leads, isSent } = behindALink(t, 0, 10.1)
  await until('it is sent', isSent)
  t.is(leads(), 2)
})

test('one failure is no reason to give the lead up, however long it takes: one broker that hangs delays all', async t => {
  slow(t, 11, 'the lead is kept for 10 s')
  const { leads, isSent } = behindALink(t, 10.1)
  await until('it is sent', isSent)
  t.is(leads(), 1)
})

test('a relay that has nothing to send but to a partition that takes no records keeps the lead for a while', async t => {
  const sent: string[] = []
  const relay = aRelay(t, ids => {
    sent.push(...ids)
    return []
  })
  relay.writes(row('sick', 1))
  await until('it has been tried again', async () => sent.length >= 3)
  t.is(relay.leads(), 1)
})
