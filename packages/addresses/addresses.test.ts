import test from 'ava'
import { addresses, expectServices, root } from './addresses.ts'

test('without settings everything is where the documents say', t => {
  const at = addresses({})
  t.deepEqual(
    [at.kafka, at.kafkaNodes[0]?.controller, at.postgres.port, at.mariadb.port],
    ['127.0.0.1:19092', '127.0.0.1:19093', 15_432, 13_306],
  )
  t.deepEqual(
    Object.values(at.services),
    [8_081, 8_082, 8_083, 8_084, 8_085].map(port => `http://127.0.0.1:${port}`),
  )
  t.deepEqual(
    Object.values(at.ops),
    [8_091, 8_092, 8_093, 8_094, 8_095].map(port => `http://127.0.0.1:${port}`),
  )
  t.is(at.dir, `${root}.local`)
})

test('PORT_OFFSET moves every port by that much', t => {
  const at = addresses({ PORT_OFFSET: '1000' })
  t.deepEqual(
    [at.kafka, at.kafkaNodes[0]?.controller, at.postgres.port, at.mariadb.port],
    ['127.0.0.1:20092', '127.0.0.1:20093', 16_432, 14_306],
  )
  t.is(at.services.user, 'http://127.0.0.1:9081')
  t.is(at.servicePort('shipping-service'), 9_085)
  t.is(at.opsPort('shipping-service'), 9_095)
})

test('LOCAL_DIR is below the checkout, or anywhere', t => {
  t.is(addresses({ LOCAL_DIR: '.local/test-1' }).dir, `${root}.local/test-1`)
  t.is(addresses({ LOCAL_DIR: '/var/tmp/stack' }).dir, '/var/tmp/stack')
})

for (const offset of ['-1', '1.5', 'many', '60000']) {
  test(`an offset that cannot be is refused: ${offset}`, t => {
    t.throws(() => addresses({ PORT_OFFSET: offset }), { message: new RegExp(`PORT_OFFSET: ${offset} is not`) })
  })
}

test('a service that does not exist is refused, with those that do', t => {
  t.deepEqual(expectServices(['order-service'], ['--servers']), ['order-service'])
  t.throws(() => expectServices(['order-servise'], ['--servers']), {
    message: /^order-servise is not one of user-service, .*shipping-service, --servers$/,
  })
})
