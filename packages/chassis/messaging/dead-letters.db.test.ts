import { randomUUID } from 'node:crypto'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { createTopics } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { carryOut, readDeadLetters } from '@docket/kafka/dead-letter-queue.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { tail } from '@docket/kafka/tail.ts'
import { aDatabase } from '@docket/test/support/database.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'
import { carryOutAlone, ownDeadLetters, type ChosenLetter } from './dead-letters.ts'

const settings = { brokers: [addresses().kafka], clientId: 'dead-letters-test' }
const signal = new AbortController().signal
const work = (isLate: boolean) => ({ signal, isLate: () => isLate, announce: async () => undefined })

test.before(() => createTopics(kafkaClient(settings)))

async function someLetters(count: number): Promise<{ key: string; ids: string[] }> {
  const key = randomUUID()
  await produceOnce(
    kafkaClient(settings),
    Array.from({ length: count }, (_, n) => ({
      topic: 'user-events.dlq',
      key,
      value: '{broken',
      headers: { dlq_topic: 'inventory-events', dlq_partition: '0', dlq_offset: `${Date.now()}${n}`, dlq_group: key },
    })),
  )
  const ids = (await readDeadLetters(settings, signal)).filter(letter => letter.group === key).map(({ id }) => id)
  return { key, ids }
}

async function sentAgain(key: string): Promise<string[]> {
  const topics: string[] = []
  await tail({
    kafka: settings,
    topics: ['user-events', 'inventory-events'],
    from: 'beginning',
    follow: false,
    signal,
    onState: () => undefined,
    onRecord: record => void (String(record.key) === key && topics.push(record.topic)),
  })
  return topics
}

test.serial('what would take too long is left for the next request, and nothing is lost in between', async t => {
  const { key, ids } = await someLetters(600)
  const order = { action: 'redrive', ids, again: false } as const
  const first = await carryOut(settings, ['user-events'], order, work(true))
  t.deepEqual([first.done.length, first.left.length], [500, 100])
  const second = await carryOut(settings, ['user-events'], { ...order, ids: first.left }, work(true))
  t.deepEqual([...first.done, ...second.done], ids)
  t.is((await sentAgain(key)).length, 600)
})

test.serial('an order that was cut off keeps back none that comes after it', async t => {
  const db = await aDatabase(t, 'order-service')
  ownDeadLetters(settings, ['user-events'])
  const order = { action: 'dismiss', ids: ['order-events/1'], again: false } as const
  await t.throwsAsync(carryOutAlone(db, order, { ...work(false), signal: AbortSignal.abort() }), { name: 'AbortError' })
  t.deepEqual((await carryOutAlone(db, order, work(false))).skipped, order.ids)
})

test.serial('what is redriven or dismissed is announced first, and is neither when that fails', async t => {
  const db = await aDatabase(t, 'order-service')
  ownDeadLetters(settings, ['user-events'])
  const { key, ids } = await someLetters(2)
  const fails = { ...work(false), announce: () => Promise.reject(new Error('the audit is unavailable')) }
  for (const action of ['redrive', 'dismiss'] as const)
    await t.throwsAsync(carryOutAlone(db, { action, ids, again: false }, fails), { message: /audit is unavailable/ })
  t.deepEqual(await sentAgain(key), [])
  const announced: string[] = []
  const announce = async (letters: readonly ChosenLetter[]) => void announced.push(...letters.map(({ id }) => id))
  for (const action of ['redrive', 'dismiss'] as const)
    await carryOutAlone(db, { action, ids, again: false }, { signal, announce })
  t.deepEqual(announced, ids, 'once: they no longer wait')
})

const databases = [
  ['PostgreSQL', (t: Parameters<typeof aMysqlDatabase>[0]) => aDatabase(t, 'order-service')],
  ['MySQL', aMysqlDatabase],
] as const

for (const [what, aPlace] of databases) {
  test.serial(
    `what two operators redrive at the same time is sent once, to the topic where it came from: ${what}`,
    async t => {
      const db = await aPlace(t)
      ownDeadLetters(settings, ['user-events'])
      const { key, ids } = await someLetters(3)
      t.deepEqual(
        ids.map(id => id.split('/')[0]),
        ['user-events', 'user-events', 'user-events'],
        'a header cannot lead them elsewhere',
      )
      const order = { action: 'redrive', ids, again: false } as const
      const atReplica = () => db.exclusively(() => carryOut(settings, ['user-events'], order, work(false)))
      const [one, other] = await Promise.all([atReplica(), atReplica()])
      t.deepEqual([...one.done, ...other.done].sort(), ids.toSorted())
      t.deepEqual([...one.skipped, ...other.skipped].sort(), ids.toSorted())
      t.deepEqual(await sentAgain(key), ['user-events', 'user-events', 'user-events'])
      t.deepEqual((await carryOutAlone(db, order, work(false))).skipped, ids)
      t.deepEqual((await carryOutAlone(db, { ...order, again: true }, work(false))).done, ids)
      t.like(await carryOutAlone(db, { action: 'dismiss', ids: ['order-events/1'], again: false }, work(false)), {
        skipped: ['order-events/1'],
      })
    },
  )

  test.serial(`what fails under the lock lets go of it: ${what}`, async t => {
    const db = await aPlace(t)
    await t.throwsAsync(db.exclusively(() => Promise.reject(new Error('Kafka is unavailable'))))
    const connections = [1, 2].map(async one => db.exclusively(async () => one))
    t.deepEqual(await Promise.all(connections), [1, 2])
  })
}
