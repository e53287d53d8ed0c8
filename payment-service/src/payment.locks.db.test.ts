import test from 'ava'
import { orderCancelled, stockReserved } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { deadlocksAmong, numbered } from '@docket/test/support/replicas.ts'
import { handlers } from './payment.handlers.ts'

for (const replicas of [2, 3]) {
  test(`${replicas} replicas that hear of the same orders in crossed types never deadlock`, async t => {
    const payments = await aConsumer(t, 'payment-service', handlers)
    // one replica reserves what the next one cancels, as between the partitions of two topics
    const batchOf = (replica: number, round: number) =>
      numbered(40).map(n => ((n + replica) % 2 === 0 ? stockReserved : orderCancelled)(`${round} ${n}`))
    t.is(await deadlocksAmong(t, payments.db, handlers, { replicas, rounds: 60, batchOf }), 0)
  })
}
