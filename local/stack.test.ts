import test from 'ava'
import { needsOf } from './stack.ts'

test('a service needs Kafka and the server of its database, and nothing else', t => {
  t.deepEqual(needsOf(['order-service']).servers, ['kafka', 'postgres'])
  t.deepEqual(needsOf(['user-service']).servers, ['kafka', 'mariadb'])
  t.deepEqual(needsOf(['user-service', 'order-service', 'payment-service']).servers, ['kafka', 'mariadb', 'postgres'])
  t.deepEqual(needsOf([]).servers, [])
})
