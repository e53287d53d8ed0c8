import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { given, main, mgmt } from '@docket/test/support/mgmt-process.ts'
import { ownTopics } from '@docket/test/support/topics.ts'
import { until } from '@docket/test/support/until.ts'

const brokers = addresses().kafka
const ofKafka = ['--kafka-brokers', brokers]
const kafka = kafkaClient({ brokers: [brokers], clientId: 'tail-command-test' })

const aTopic = (t: ExecutionContext, topic: string) => ownTopics(t, kafka, { topic, numPartitions: 2 })

const gets = (topic: string, value: string) =>
  produceOnce(kafka, [{ topic, key: 'k', value: JSON.stringify(value), headers: {} }])

async function aTail(t: ExecutionContext, ...args: string[]) {
  const setup = await given(t)
  const child = spawn(process.execPath, [main, 'events', 'tail', '-o', 'jsonl', ...ofKafka, ...args], {
    env: { PATH: process.env.PATH, ...setup.env },
  })
  const seen = { data: [] as unknown[], stderr: '' }
  let rest = ''
  child.stdout.on('data', chunk => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    seen.data.push(...lines.map(line => (JSON.parse(line) as { data: unknown }).data))
  })
  child.stderr.on('data', chunk => {
    seen.stderr += chunk
  })
  t.teardown(async () => {
    child.kill('SIGINT')
    await once(child, 'close')
  })
  return seen
}

test('names and patterns are followed into topics that are made later, beside those that are there', async t => {
  const [there, late] = [`there-${randomUUID()}`, `late-${randomUUID()}`]
  const [fitting, other] = [`fit.a-${randomUUID()}`, `other-${randomUUID()}`]
  await aTopic(t, there)
  const seen = await aTail(t, '--topic', there, '--topic', late, '--topic', 'fit.?-*')
  await until('it follows', async () => seen.stderr.includes('1 topic, waiting for events'))
  t.regex(seen.stderr, new RegExp(`there is no topic ${late} yet: it is followed as soon as it is made\n`))
  t.regex(seen.stderr, /there is no topic fit\.\?-\* yet/)
  t.notRegex(seen.stderr, new RegExp(`no topic ${there}`))
  for (const topic of [late, fitting, other]) {
    await aTopic(t, topic)
    await gets(topic, `first of ${topic}`)
  }
  await gets(there, 'of the first')
  await until('all three are read', async () => seen.data.length === 3)
  t.deepEqual(seen.data.toSorted(), [`first of ${late}`, `first of ${fitting}`, 'of the first'].sort())
})

test('all topics are dead letters and those of others too; by default dead letters are left out', async t => {
  const [strange, dead] = [`strange-${randomUUID()}`, `strange-${randomUUID()}.dlq`]
  for (const topic of [strange, dead]) {
    await aTopic(t, topic)
    await gets(topic, topic)
  }
  const setup = await given(t)
  const shown = async (...args: string[]) => {
    const { stdout } = await mgmt(setup, [
      'events',
      'tail',
      ...ofKafka,
      '--since',
      '5m',
      '--no-follow',
      '-o',
      'jsonl',
      ...args,
    ])
    return [strange, dead].filter(topic => stdout.includes(`"data":"${topic}"`))
  }
  t.deepEqual(await shown(), [strange])
  t.deepEqual(await shown('--all-topics'), [strange, dead])
})

test('--until in the future is waited for, and then the tail ends', async t => {
  const topic = `until-${randomUUID()}`
  await aTopic(t, topic)
  const setup = await given(t)
  const end = Date.now() + 2_000
  const { status, stderr } = await mgmt(setup, [
    'events',
    'tail',
    ...ofKafka,
    '--topic',
    topic,
    '--until',
    new Date(end).toISOString(),
  ])
  t.is(status, 0, stderr)
  t.true(Date.now() >= end)
})

test('a tail that shows nothing because there is no such topic is a failure', async t => {
  const setup = await given(t)
  const { status, stdout, stderr } = await mgmt(setup, [
    'events',
    'tail',
    ...ofKafka,
    '--topic',
    'oder-events',
    '--no-follow',
  ])
  t.is(status, 1)
  t.is(stdout, '')
  t.regex(stderr, /There is no topic oder-events\.\n.*mgmt events topics/)
})
