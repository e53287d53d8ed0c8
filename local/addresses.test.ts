import test from 'ava'
import { addresses, root } from './addresses.ts'

test('the local stack is where the documentation says', t => {
  t.like(addresses({}), { kafka: '127.0.0.1:19092', postgres: { port: 15_432 }, mariadb: { port: 13_306 }, dir: `${root}.local` })
  t.is(addresses({}).services.order, 'http://127.0.0.1:8082')
})

test('PORT_OFFSET moves every port, LOCAL_DIR the folder', t => {
  const at = addresses({ PORT_OFFSET: '1000', LOCAL_DIR: '/tmp/second' })
  t.like(at, { kafka: '127.0.0.1:20092', kafkaController: '127.0.0.1:20093', postgres: { port: 16_432 }, mariadb: { port: 14_306 }, dir: '/tmp/second' })
  t.is(at.services.user, 'http://127.0.0.1:9081')
})

for (const offset of ['x', '-1', '1.5', '99999']) test(`a PORT_OFFSET of ${offset} is refused by name`, t => t.throws(() => addresses({ PORT_OFFSET: offset }), { message: /PORT_OFFSET/ }))
