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

const databases: [string, (t: ExecutionContext) => Promise<Database>][] = [
  ['PostgreSQL', t => aDatabase(t, 'shipping-service')],
  ['MySQL', aMysqlDatabase],
]

const completed = (order: string, sequence = 1): OutgoingEvent => ({
  type: 'order.completed',
  key: idOf(order),
  sequence,
  data: { orderId: idOf(order) },
})

function aRelay(t: ExecutionContext, db: Database, tooLarge: (sequence: string) => boolean = () => false) {
  const sent: (string | null)[] = []
  const producer: RecordProducer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    async send(records) {
      const refused = records.findIndex(({ headers }) => tooLarge(String(headers.ce_sequence)))
      const isSent = (position: number) =>
        refused === -1 || position < refused || records[position]?.key !== records[refused]?.key
      const acknowledged = [...records.keys()].filter(isSent)
      sent.push(...acknowledged.map(position => `${records[position]?.key} ${records[position]?.headers.ce_sequence}`))
      return { acknowledged, tooLarge: refused === -1 ? [] : [refused] }
    },
  }
  const relay = startRelay(db.outbox, producer, '/order-service', logger('test', 'silent'), { heldForMs: 500 })
  t.teardown(() => relay.stop())
  return { sent, wake: relay.wake, trouble: relay.trouble }
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
    t.deepEqual(
      sent,
      ['young', 'old'].map(order => `${idOf(order)} 1`),
    )
  })

  test(`${name}: an event that its topic does not accept holds up its own order only, says so, and is sent when it can be`, async t => {
    const db = await make(t)
    let isTooLarge = true
    const { sent, wake, trouble } = aRelay(t, db, sequence => isTooLarge && sequence === '2')
    await db.transaction(tx =>
      publish(tx, [completed('A', 1), completed('A', 2), completed('A', 3), completed('B', 1)]),
    )
    wake()
    await until('what can be sent is sent', async () => sent.length === 2, 5_000)
    t.deepEqual(sent, [`${idOf('A')} 1`, `${idOf('B')} 1`])
    await until('it reports that', async () =>
      /order\.completed about .* is larger than its topic accepts/.test(trouble() ?? ''),
    )
    await db.transaction(tx => publish(tx, [completed('C', 1), completed('A', 4)]))
    wake()
    await until('others go on', async () => sent.includes(`${idOf('C')} 1`), 5_000)
    t.false(sent.includes(`${idOf('A')} 4`))
    isTooLarge = false // the limit of the topic was raised
    await until('the rest is sent', async () => sent.length === 6, 5_000)
    t.deepEqual(
      sent.filter(one => one?.startsWith(idOf('A'))),
      [1, 2, 3, 4].map(sequence => `${idOf('A')} ${sequence}`),
    )
    await until('all is well', async () => trouble() === undefined, 5_000)
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
