import test from 'ava'
import { refusedRetention, retentionOf, type TopicRetention } from './retention.ts'

const day = 86_400_000
const topics: TopicRetention[] = [
  { topic: 'order-events', ms: 30 * day },
  { topic: 'order-events.dlq', ms: 90 * day },
  { topic: 'payment-events', ms: 7 * day },
]
const forEver: TopicRetention[] = [...topics, { topic: 'payment-events.dlq', ms: Infinity }]
const unseen: TopicRetention[] = [{ topic: 'user-events', ms: undefined }, ...topics]

const refusals: [what: string, topics: TopicRetention[], days: number, why: RegExp | undefined][] = [
  ['longer than the longest topic and the margin', topics, 400, undefined],
  ['exactly as long', topics, 120, undefined],
  [
    'shorter',
    topics,
    119,
    /RETENTION_ORDERS is 119d, but must be at least 120d: order-events\.dlq keeps its records for 90d.*Set RETENTION_ORDERS=120d or more/,
  ],
  [
    'anything, with a topic that is kept for ever',
    forEver,
    4_000,
    /payment-events\.dlq keeps its records without limit/,
  ],
  ['anything, with a topic that cannot be seen', unseen, 4_000, /user-events.*Grant DescribeConfigs/],
]

for (const [what, some, days, why] of refusals)
  test(`a retention of orders that is ${what} is ${why ? 'refused' : 'used'}`, t => {
    const refused = refusedRetention(some, days * day)
    if (why) t.regex(refused ?? '', why)
    else t.is(refused, undefined)
    t.is(retentionOf(some, days * day).ordersMs, why ? undefined : days * day)
  })

test('details are kept for 30 days longer than any record, or for ever when that has no limit', t => {
  t.is(retentionOf(topics, undefined).detailsMs, 120 * day)
  t.is(retentionOf(forEver, undefined).detailsMs, undefined)
  t.is(retentionOf(unseen, undefined).detailsMs, undefined)
  t.is(refusedRetention(forEver, undefined), undefined)
})
