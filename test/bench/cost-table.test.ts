import test from 'ava'
import { columnOf, costTable } from './cost-table.ts'

test('processes are listed by situation with their sum, and in relation to the limit', t => {
  const saturated = columnOf('saturation', {
    perOrder: { kafka: { cpuMs: 0.5, writtenBytes: 1 }, 'order-service': { cpuMs: 1.5, writtenBytes: 1 } },
    others: 0.034,
  })
  const limit = { title: 'plain SQL', cpuMs: { pgbench: 0.05, 'postgres itself': 0.35 }, others: undefined }
  t.deepEqual(costTable([saturated, limit], limit), [
    'CPU ms an order           saturation  plain SQL',
    '  order-service                 1.50           ',
    '  kafka                         0.50           ',
    '  postgres itself                          0.35',
    '  pgbench                                  0.05',
    '  in all                        2.00       0.40',
    '  to plain SQL                   5.0        1.0',
    '  others, cores                 0.03    unknown',
  ])
})

test('without a limit there is no relation to it', t => {
  t.deepEqual(costTable([{ title: '10 a second', cpuMs: { kafka: 12.34 }, others: 0 }]), [
    'CPU ms an order           10 a second',
    '  kafka                          12.3',
    '  in all                         12.3',
    '  others, cores                  0.00',
  ])
})
