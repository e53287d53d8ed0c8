import test from 'ava'
import { parse } from 'yaml'
import { faster } from './prometheus.ts'

test('in a faster world windows, offsets and waits are shorter, and thresholds are the same', t => {
  const rules =
    'groups: [{name: a, rules: [{alert: A, expr: "increase(a_total{x=~\\"5m\\"}[10m]) > 60 and b offset 5m > 1000", for: 2m}, {alert: B, expr: "c > 0"}]}]'
  t.deepEqual(parse(faster(rules, 60)), {
    groups: [
      {
        name: 'a',
        rules: [
          { alert: 'A', expr: 'increase(a_total{x=~"5m"}[10s]) > 60 and b offset 5s > 1000', for: '2s' },
          { alert: 'B', expr: 'c > 0' },
        ],
      },
    ],
  })
})
