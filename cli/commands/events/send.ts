import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { flows, readBy } from '@docket/contract/flows.ts'
import { topicOf, type EventType, type Topic } from '@docket/contract/generated/contract.ts'
import { keyIn, keyInWords } from '@docket/contract/key.ts'
import { isId } from '@docket/contract/mask.ts'
import { isEventType, validate } from '@docket/contract/validate.ts'
import { groupLags } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { header, toRecord, type Envelope } from '@docket/kafka/record-codec.ts'
import { tail } from '@docket/kafka/tail.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { pauseOrAbort } from '@docket/foundation/abort.ts'
import { toldWhenCutOff } from '../../client/once.ts'
import { kafkaOf, withKafka } from '../../client/topics.ts'
import { trace } from '../../client/trace.ts'
import { exit, Failure, usage } from '../../failure.ts'
import { readText, smallFile } from '../../input/files.ts'
import { wholeNumber } from '../../input/numbers.ts'
import type { About, Make } from '../../command.ts'
import type { Mgmt } from '../../mgmt.ts'
import { waitingFor } from '../../waiting.ts'
import { facts } from '../../render/table.ts'
import { expectOwnStack, writableKafka } from '../../system/own-stack.ts'

interface Options {
  data: string
  key?: string
  id?: string
  sequence?: number
  wait?: string
}

export const about: About = {
  summary: 'Send an event by hand',
  changesThings: true,
  prints: {
    topic: 'string',
    key: 'string',
    type: 'string',
    id: 'string',
    source: 'string',
    time: 'string',
    sequence: 'integer',
    data: 'object',
  },
  samples: [
    {
      args: 'user.signed_up --data @HOME/user.json',
      files: {
        'user.json': '{"userId": "01981b2c-0000-7a10-8c4f-2b6d9e0f1a01", "username": "ada", "role": "customer"}',
      },
      needs: 'stack',
      callers: 'everybody',
    },
  ],
}

export const command: Make = ready =>
  new Command('send')
    .description('Send an event as its publisher would, to see how a service handles it')
    .argument('<type>', 'such as stock.reserved; all are in docs/events.md')
    .requiredOption('--data <json|@file>', 'data of the event: JSON, @FILE, or - for stdin')
    .option('--key <key>', 'the key of the record, which must be the one that the data name; by default that')
    .option('--sequence <n>', 'ce_sequence; by default the next of its key', wholeNumber('--sequence', 1, 2 ** 31))
    .option('--id <id>', 'ce_id, a UUID; by default a new one; reuse one to send a duplicate')
    .option('--wait <service>', 'wait until this service, or the consumer group of that name, has handled it')
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt events send stock.reserved --data @reserved.json --wait payment-service
  $ echo '{"orderId": "01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23", "reason": "requested"}' | mgmt events send order.cancelled --data -
  $ mgmt events tail --order 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 --from-beginning

It works only on the stack of this checkout, and refuses events that break the contract.`,
    )
    .action(async (type: string, options: Options) => {
      const mgmt = await ready()
      expectType(type)
      const data = await dataIn(options.data, mgmt)
      expectValid(type, data)
      if (options.id !== undefined && !isId(options.id))
        throw usage(`--id: "${options.id}" is not a UUID.`, 'leave out --id')
      const topic = topicOf[type]
      if (options.wait !== undefined) expectConsumer(options.wait, topic)
      const key = keyFor(type, data, options.key)
      await expectOwnStack(mgmt, 'Events are sent by hand')
      const event: Envelope = {
        id: options.id ?? randomUUID(),
        type,
        source: `/${publisherOf(topic)}`,
        key,
        time: new Date().toISOString(),
        sequence: options.sequence ?? (await nextSequence(mgmt, topic, key)),
        traceparent: trace.traceparent,
        payload: JSON.stringify(data),
      }
      await sendOne(mgmt, topic, event)
      if (options.wait !== undefined) await untilHandled(mgmt, topic, options.wait)
      const { id, source, time, sequence } = event
      await mgmt.print({ topic, key, type, id, source, time, sequence, data }, (sent, look) =>
        facts(
          [
            ['sent', sent.type],
            ['to', sent.topic],
            ['key', sent.key],
            ['id', sent.id],
            ['sequence', String(sent.sequence)],
          ],
          look,
        ),
      )
    })

function expectType(type: string): asserts type is EventType {
  if (!isEventType(type))
    throw usage(`There is no event type ${type}.`, `choose from: ${Object.keys(topicOf).sort().join(', ')}`)
}

async function dataIn(given: string, mgmt: Mgmt): Promise<unknown> {
  const file = given === '-' ? given : given.startsWith('@') ? given.slice(1) : undefined
  const text = file === undefined ? given : await readText(file, smallFile('the file of the event'), mgmt)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw usage(`--data: ${messageOf(error)}`, 'give JSON, @FILE with JSON, or - for JSON on stdin')
  }
}

function expectValid(type: EventType, data: unknown): void {
  const errors = validate(type, data).map(problem => {
    const [path = '', ...message] = problem.split(': ')
    return { path, message: message.join(': ') }
  })
  if (errors.length === 0) return
  throw new Failure(`This breaks the contract of ${type}; nothing was sent.`, {
    status: exit.usage,
    code: 'breaks_contract',
    errors,
    next: `see what it must say, with an example: events/${topicOf[type]}/${type}.schema.json`,
  })
}

/** Consumers refuse any other. */
function keyFor(type: EventType, data: unknown, given: string | undefined): string {
  const key = keyIn(type, data)
  if (given === undefined || given === key) return key
  throw usage(`--key: the key of ${type} is ${keyInWords(type)}: ${key}.`, 'leave out --key')
}

function expectConsumer(service: string, topic: Topic): void {
  if (flows[service] !== undefined && !readBy(service).includes(topic))
    throw usage(
      `${service} does not read ${topic}.`,
      `wait for one of: ${Object.keys(flows)
        .filter(one => readBy(one).includes(topic))
        .join(', ')}`,
    )
}

const publisherOf = (topic: Topic) =>
  Object.keys(flows).find(service => flows[service]?.publishes.includes(topic)) ?? 'mgmt'

/** One above the last event of the same aggregate, because consumers that keep the newest state ignore older ones. */
async function nextSequence(mgmt: Mgmt, topic: Topic, key: string): Promise<number> {
  let last = 0
  await withKafka(mgmt, () =>
    tail({
      kafka: kafkaOf(mgmt),
      topics: [topic],
      from: { last: 1 },
      follow: false,
      signal: mgmt.signal,
      wanted: record => record.key?.toString() === key,
      onRecord: record => {
        last = Number(header(record, 'ce_sequence')) || 0
      },
      onState: () => undefined,
    }),
  )
  return last + 1
}

async function sendOne(mgmt: Mgmt, topic: Topic, event: Envelope): Promise<void> {
  const again = `--id ${event.id} --sequence ${event.sequence}`
  await toldWhenCutOff(
    mgmt,
    { unknown: 'whether the event was sent', goOn: `it is safe to repeat with: ${again}` },
    () => withKafka(mgmt, () => produceOnce(kafkaClient(writableKafka(mgmt)), [toRecord(topic, event)])),
  )
}

const lookEveryMs = 100

/**
 * A consumer commits what it has handled. One that has not committed yet has no lag to compare, so it is waited for.
 */
async function untilHandled(mgmt: Mgmt, topic: Topic, group: string): Promise<void> {
  const kafka = kafkaClient(kafkaOf(mgmt))
  await waitingFor(`${group} to handle it`, () =>
    withKafka(mgmt, async () => {
      while ((await groupLags(kafka)).find(one => one.group === group && one.topic === topic)?.lag !== 0)
        await pauseOrAbort(lookEveryMs, mgmt.signal)
    }),
  )
}
