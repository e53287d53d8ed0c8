import test from 'ava'
import { parsePgbench } from './pgbench.ts'

const output = (transactions: number, failed: number) => `transaction type: test/bench/plain-sql/one-order.sql
scaling factor: 1
query mode: prepared
number of clients: 16
number of threads: 2
maximum number of tries: 1
duration: 15 s
number of transactions actually processed: ${transactions}
number of failed transactions: ${failed} (0.000%)
latency average = 20.187 ms
initial connection time = 45.101 ms
tps = 792.568912 (without initial connection time)
`

test('transactions and their rate are read from what pgbench prints', t => {
  t.deepEqual(parsePgbench(output(11_888, 0)), { transactions: 11_888, perSecond: 792.568912 })
})

test('pgbench before version 15 prints no failures', t => {
  t.is(parsePgbench(output(11_888, 0).replace(/number of failed.*\n/, '')).transactions, 11_888)
})

test('a run without transactions, or with failed ones, is an error that shows the output', t => {
  t.throws(() => parsePgbench(output(0, 0)), { message: /duration: 15 s/ })
  t.throws(() => parsePgbench(output(11_888, 3)), { message: /failed transactions: 3/ })
  t.throws(() => parsePgbench('pgbench: error'), { message: /pgbench: error/ })
})
