import test from 'ava'
import { kafkaRequestsIn, postgresRequestsIn } from './wire.ts'

function kafkaRequest(key: number, bytes: number): Buffer {
  const request = Buffer.alloc(4 + bytes)
  request.writeUInt32BE(bytes, 0)
  request.writeInt16BE(key, 4)
  return request
}

function postgresMessage(letter: string, text: string): Buffer {
  const message = Buffer.concat([Buffer.from(letter), Buffer.alloc(4), Buffer.from(text)])
  message.writeUInt32BE(4 + text.length, 1)
  return message
}

test('requests of Kafka are told apart by their key, one or several in a write', t => {
  t.deepEqual(
    [...kafkaRequestsIn(Buffer.concat([kafkaRequest(0, 500), kafkaRequest(8, 40)]))],
    ['Produce', 'OffsetCommit'],
  )
  t.deepEqual([...kafkaRequestsIn(kafkaRequest(99, 20))], ['request 99'])
})

test('a statement of PostgreSQL is counted once, in one message or in several', t => {
  const parts = [
    ['P', 'SELECT $1'],
    ['B', 'SQS'],
    ['D', ''],
    ['E', ''],
    ['S', ''],
  ] as const
  const messages = parts.map(([letter, text]) => postgresMessage(letter, text))
  t.deepEqual([...postgresRequestsIn(Buffer.concat(messages))], ['statement'])
  t.deepEqual(
    messages.flatMap(message => [...postgresRequestsIn(message)]),
    ['statement'],
  )
  t.deepEqual(
    [...postgresRequestsIn(Buffer.concat([postgresMessage('Q', 'BEGIN'), ...messages]))],
    ['statement', 'statement'],
  )
})

test('what is sent to PostgreSQL before the login is no statement', t => {
  const startUp = Buffer.concat([Buffer.from([0, 0, 0, 12, 0, 3, 0, 0]), Buffer.from('SQ\0\0')])
  t.deepEqual([...postgresRequestsIn(startUp)], [])
  t.deepEqual([...postgresRequestsIn(postgresMessage('p', 'password'))], [])
})
