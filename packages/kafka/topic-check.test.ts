import test from 'ava'
import { copiesFor, minInsyncFor, problemsOf, retentionMsOf, type TopicState } from './topic-check.ts'
import { topicConfig } from './topics.ts'

const asDeclared = (topic: string, more: Record<string, string> = {}) =>
  new Map([
    ...topicConfig(topic).map(({ name, value }) => [name, value] as const),
    ['min.insync.replicas', '2'] as const,
    ...Object.entries(more),
  ])
const state = (more: Partial<TopicState> = {}): TopicState => ({
  topic: 'order-events',
  partitions: 6,
  replicas: 3,
  config: asDeclared('order-events'),
  ...more,
})

const cases: [what: string, state: TopicState, brokers: number, problem: RegExp | undefined][] = [
  ['as it is declared, on three brokers', state(), 3, undefined],
  [
    'one copy on one broker, as on a laptop',
    state({ replicas: 1, config: asDeclared('order-events', { 'min.insync.replicas': '1' }) }),
    1,
    undefined,
  ],
  [
    'one copy on three brokers',
    state({ replicas: 1, config: asDeclared('order-events', { 'min.insync.replicas': '1' }) }),
    3,
    /one copy on 3 brokers/,
  ],
  [
    'an acknowledgement that means one copy',
    state({ config: asDeclared('order-events', { 'min.insync.replicas': '1' }) }),
    3,
    /min\.insync\.replicas is 1, not 2/,
  ],
  ['more copies asked for than there are', state({ replicas: 1 }), 1, /nothing can be written/],
  ['fewer partitions than declared', state({ partitions: 1 }), 3, /has 1 partitions, 6 are declared/],
  ['more partitions than declared', state({ partitions: 24 }), 3, undefined],
  [
    'a short retention',
    state({ config: asDeclared('order-events', { 'retention.ms': '60000' }) }),
    3,
    /retention\.ms is 60000, not at least 2592000000/,
  ],
  ['kept for longer', state({ config: asDeclared('order-events', { 'retention.ms': '9999999999' }) }), 3, undefined],
  ['kept for ever', state({ config: asDeclared('order-events', { 'retention.ms': '-1' }) }), 3, undefined],
  [
    'a small limit of sizes',
    state({ config: asDeclared('order-events', { 'max.message.bytes': '1000' }) }),
    3,
    /max\.message\.bytes is 1000, not at least/,
  ],
  [
    'compressed by the broker',
    state({ config: asDeclared('order-events', { 'compression.type': 'zstd' }) }),
    3,
    /compression\.type is zstd, not uncompressed/,
  ],
  ['settings that this login may not see', state({ config: new Map([['min.insync.replicas', '2']]) }), 3, undefined],
  [
    'a dead-letter topic that is no larger than its source',
    state({ topic: 'order-events.dlq', config: asDeclared('order-events.dlq', { 'max.message.bytes': '1048588' }) }),
    3,
    /max\.message\.bytes is 1048588, not at least 1114124/,
  ],
]
for (const [what, one, brokers, problem] of cases) {
  test(`a topic: ${what}`, t => {
    const problems = problemsOf([one], brokers)
    if (problem === undefined) t.deepEqual(problems, [])
    else {
      t.is(problems.length, 1)
      t.regex(problems[0]?.text ?? '', problem)
      t.regex(problems[0]?.remedy ?? '', /^kafka-/)
    }
  })
}

test('a new topic has three copies where there are three brokers, and an acknowledgement means two', t => {
  t.deepEqual([1, 2, 3, 5].map(copiesFor), [1, 2, 3, 3])
  t.deepEqual([1, 2, 3].map(minInsyncFor), [1, 1, 2])
})

test('a record is kept for as long as its topic says, and for ever where it is compacted', t => {
  const kept = (config: Record<string, string>) => retentionMsOf(state({ config: new Map(Object.entries(config)) }))
  t.is(kept({ 'retention.ms': '1000' }), 1_000)
  t.is(kept({ 'retention.ms': '1000', 'cleanup.policy': 'delete' }), 1_000)
  t.is(kept({ 'retention.ms': '1000', 'cleanup.policy': 'compact,delete' }), 1_000)
  t.is(kept({ 'retention.ms': '1000', 'cleanup.policy': 'compact' }), Infinity)
  t.is(kept({ 'retention.ms': '-1' }), Infinity)
  t.is(kept({}), undefined)
})
