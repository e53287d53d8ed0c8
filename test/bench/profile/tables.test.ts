import test from 'ava'
import type { Metered } from '../others.ts'
import { mainThread } from './process-reading.ts'
import { selfMsOf, type Profile } from './profile.ts'
import { profileTables } from './tables.ts'
import { noTraffic } from './wire.ts'

const aProfile = (load: string, cpuMs: number): Metered<Profile> => ({
  load,
  orders: 300,
  others: 0.3,
  perOrder: { kafka: { cpuMs: cpuMs / 2, writtenBytes: 0 }, 'order-service': { cpuMs, writtenBytes: 0 } },
  residentMb: {},
  selfMs: { 'order-service': { kafkajs: cpuMs / 4, HTTP: cpuMs / 2, tracing: 0 } },
  processes: { kafka: { threadsMs: { [mainThread]: 0.5 }, reads: 3, writes: 1234 } },
  databases: { transactions: { orders: 2, stock: 1 }, log: { flushes: 1.5, records: 20, bytes: 3_000 } },
  traffic: {
    'order-service': {
      database: { requests: { statement: 12 }, roundTrips: 5, sentBytes: 10, receivedBytes: 20 },
      kafka: { ...noTraffic(), requests: { Fetch: 0.25 } },
    },
  },
})

const text = profileTables([aProfile('10 a second', 8), aProfile('saturation', 0.4)])

test('processes come first, the most expensive on top, with a sum for each load', t => {
  t.true(
    text.startsWith(`CPU milliseconds of an order by process, the profiler included

| process | 10 a second | saturation |
| --- | ---: | ---: |
| order-service | 8.00 | 0.40 |
| kafka | 4.00 | 0.20 |
| in all | 12.0 | 0.60 |

10 a second: 300 orders, others 0.30 cores; saturation: 300 orders, others 0.30 cores
`),
  )
})

test('each load has its categories by service; what takes no time is left out', t => {
  t.true(
    text.includes(`by category of self time, saturation

| category | order-service | all services |
| --- | ---: | ---: |
| HTTP | 0.20 | 0.20 |
| kafkajs | 0.10 | 0.10 |
| in all | 0.30 | 0.30 |
`),
  )
})

test('what is done for an order is listed; what is never done is not', t => {
  for (const row of [
    '| transactions, in all | 3.00 | 3.00 |',
    '| bytes of the log | 3,000 | 3,000 |',
    '| statements, order-service | 12.0 | 12.0 |',
    '| Fetch requests of Kafka, order-service | 0.25 | 0.25 |',
    '| calls to write, kafka | 1,234 | 1,234 |',
  ])
    t.true(text.includes(`\n${row}`), row)
  t.false(text.includes('bytes to Kafka'))
})

test('the shares of the main thread are of its CPU; other threads follow by name, the sampler is left out', t => {
  const shares = new Map([
    ['kafkajs', 0.75],
    ['HTTP', 0.25],
  ])
  const threadsMs = { [mainThread]: 8, 'node-V8Worker': 1, 'v8:ProfEvntProc': 3, idle: 0 }
  t.deepEqual(selfMsOf(shares, { threadsMs, reads: 0, writes: 0 }), {
    kafkajs: 6,
    HTTP: 2,
    'thread node-V8Worker': 1,
  })
})
