import test, { type ExecutionContext } from 'ava'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { aDatabase } from '@docket/test/support/database.ts'
import { idOf } from '@docket/test/support/events.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'
import { until } from '@docket/test/support/until.ts'
import type { Database } from '../database/database.ts'
import { logger } from '../log.ts'
import { publish, type OutgoingEvent } from './outbox.ts'
import { startRelay } from './relay.ts'

// How rows leave the outbox when others write, lead or fail at the same time, in both databases.

const databases: [string, (t: ExecutionContext) => Promise<Database>][] = [
  ['PostgreSQL', t => aDatabase(t, 'shipping-service')],
  ['MySQL', aMysqlDatabase],
]

const completed = (order: string): OutgoingEvent => ({
  type: 'order.completed',
  key: idOf(order),
  sequence: 1,
  data: { orderId: idOf(order) },
})

/** A relay to a producer that acknowledges everything and records the keys. */
function aRelay(t: ExecutionContext, db: Database) {
  const sent: (string | null)[] = []
  const producer: RecordProducer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    async send(records) {
      sent.push(...records.map(record => record.key))
      return { acknowledged: records.map((_, position) => position) }
    },
  }
  const relay = startRelay(db.outbox, producer, '/order-service', logger('test', 'fatal'))
  t.teardown(() => relay.stop())
  return { sent, wake: relay.wake }
}

for (const [name, make] of databases) {
  test(`${name}: a row whose transaction commits after younger rows were sent is sent too`, async t => {
    const db = await make(t)
    const { sent, wake } = aRelay(t, db)
    await db.transaction(async slow => {
      await publish(slow, [completed('old')])
      await db.transaction(tx => publish(tx, [completed('young')]))
      wake()
      await until('the young one is sent', async () => sent.length === 1)
    })
    wake()
    await until('the old one is sent', async () => sent.length === 2, 5_000)
    t.deepEqual(sent, ['young', 'old'].map(idOf))
  })

  test(`${name}: there is one leader at a time`, async t => {
    const db = await make(t)
    const lead = async () => {
      const mine = await db.outbox.lead()
      t.teardown(() => mine?.release())
      return mine
    }
    const first = await lead()
    t.truthy(first)
    t.is(await lead(), undefined)
    await first?.release()
    t.truthy(await until('another leads', lead, 5_000))
  })
}
