import test from 'ava'
import { sharesOf, type CpuProfile } from './cpu-profile.ts'

const root = '/docket/'

type Call = [functionName: string, url: string, hits: number, calls?: Call[]]

/** As V8 writes it: all calls in one list, each with the ids of those that it made. */
function aProfile(...calls: Call[]): CpuProfile {
  const nodes: CpuProfile['nodes'] = []
  const add = ([functionName, url, hitCount, made = []]: Call): number => {
    const node: CpuProfile['nodes'][number] = { id: nodes.length + 1, callFrame: { functionName, url }, hitCount }
    nodes.push(node)
    node.children = made.map(add)
    return node.id
  }
  add(['(root)', '', 0, calls])
  return { nodes }
}

const shares = (...calls: Call[]) => Object.fromEntries(sharesOf(aProfile(...calls), root))
const own = (file: string) => `file://${root}${file}`
const library = (file: string) => own(`node_modules/${file}`)

test('shares are of the samples in which the thread was not idle', t => {
  t.deepEqual(
    shares(
      ['(idle)', '', 900],
      ['(garbage collector)', '', 10],
      ['(program)', '', 30],
      ['reserve', own('inventory-service/src/stock.ts'), 60],
    ),
    {
      'garbage collection': 0.1,
      'native code outside JavaScript': 0.3,
      'ours: inventory-service/src': 0.6,
    },
  )
})

test('a library, a part of Node and a native function that have no category are counted with their caller', t => {
  t.deepEqual(
    shares(
      ['send', library('kafkajs/src/producer/index.js'), 1, [['fromNumber', library('long/umd/index.js'), 1]]],
      ['prepare', library('pg/lib/query.js'), 1, [['concat', 'node:buffer', 1, [['copy', '', 1]]]]],
    ),
    { kafkajs: 0.4, 'driver of PostgreSQL': 0.6 },
  )
})

test('what nothing of ours called belongs to the event loop', t => {
  t.deepEqual(
    shares(['emit', 'node:events', 3], ['processTicksAndRejections', 'node:internal/process/task_queues', 1]),
    {
      'event loop, promises, timers': 1,
    },
  )
})

test('a write to a socket is a write, whichever library makes it; a call that it wakes is not', t => {
  t.deepEqual(
    shares([
      'sync',
      library('pg/lib/connection.js'),
      1,
      [
        [
          'Writable.write',
          'node:internal/streams/writable',
          1,
          [
            [
              'Socket._writeGeneric',
              'node:net',
              1,
              [['writev', '', 4, [['onSent', own('packages/kafka/producer.ts'), 3]]]],
            ],
          ],
        ],
      ],
    ]),
    { 'driver of PostgreSQL': 0.1, 'writing to sockets': 0.6, 'ours: packages/kafka': 0.3 },
  )
})

for (const [what, functionName, url, category] of [
  ['reading', 'onStreamRead', 'node:internal/stream_base_commons', 'reading from sockets'],
  ['reading', 'Socket._read', 'node:net', 'reading from sockets'],
  ['express', 'next', library('router/index.js'), 'HTTP'],
  ['HTTP of Node', 'parserOnHeadersComplete', 'node:_http_common', 'HTTP'],
  ['a nested package', 'parse', library('zod-openapi/node_modules/zod/v4/core.js'), 'validation'],
  ['a generated validator', 'validate7', own('packages/contract/generated/validators.js'), 'validation'],
  ['JSON', 'jsonParse', own('test/bench/profile/json-frames.ts'), 'JSON'],
  ['a logger', 'asJson', library('pino/lib/tools.js'), 'log'],
  ['our log', 'logger', own('packages/chassis/log.ts'), 'log'],
  ['a scoped package', 'startSpan', library('@opentelemetry/sdk-trace/build/Tracer.js'), 'tracing'],
  ['what Object.prototype has too', 'toString', library('pino/lib/tools.js'), 'log'],
  ['tokens', 'verify', library('jsonwebtoken/verify.js'), 'cryptography'],
  ['cryptography of Node', 'createPublicKey', 'node:internal/crypto/keys', 'cryptography'],
  ['the profiler', 'post', 'node:inspector', 'the profiler'],
  ['a module without a URL', 'map', '/docket/packages/foundation/batching.ts', 'ours: packages/foundation'],
] as const)
  test(`${what}: ${functionName} is ${category}`, t => t.deepEqual(shares([functionName, url, 1]), { [category]: 1 }))

test('a profile without a sample has no shares', t => t.deepEqual(shares(['(idle)', '', 5]), {}))
