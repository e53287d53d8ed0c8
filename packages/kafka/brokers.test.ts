import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import test from 'ava'
import { brokersOf } from './brokers.ts'
import { kafkaClient, kafkaSettings } from './client.ts'

test('brokers are hosts with ports, of either IP', t => {
  t.deepEqual(brokersOf(' a.example:9092, 10.0.0.1:9093,[::1]:9094, '), [
    'a.example:9092',
    '10.0.0.1:9093',
    '[::1]:9094',
  ])
  for (const text of ['kafka', 'kafka:', 'kafka:9092/', 'kafka://a:9092', '::1:9092', '[::1]', 'a:70000', 'a b:1'])
    t.throws(() => brokersOf(text), { message: /is not the address of a broker: write host:9092/ }, text)
  t.throws(() => brokersOf(' , '), { message: '" , " names no broker: write host:9092' })
  t.throws(() => kafkaSettings({ KAFKA_BROKERS: 'http://a:9092' }, 'x'), { message: /^KAFKA_BROKERS: "http/ })
})

test('a broker is reached at an address of IPv6', async t => {
  const server = createServer()
  server.listen(0, '::1')
  try {
    await once(server, 'listening')
  } catch {
    return t.pass('this machine has no IPv6')
  }
  const connected = once(server, 'connection') as Promise<[Socket]>
  const admin = kafkaClient({ brokers: [`[::1]:${(server.address() as AddressInfo).port}`], clientId: 'test' }).admin()
  const connecting = admin.connect().catch(() => undefined)
  const [socket] = await connected
  t.is(socket.remoteAddress, '::1')
  server.close()
  socket.destroy()
  await connecting
  await admin.disconnect()
})
