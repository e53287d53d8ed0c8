import { madeBy, pascal, producersOf, type TopicContract } from './read.ts'

const cloudEventHeaders = {
  type: 'object',
  required: ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time', 'ce_sequence', 'content-type'],
  properties: {
    ce_specversion: { type: 'string', const: '1.0', description: 'Version of CloudEvents' },
    ce_id: { type: 'string', format: 'uuid', description: 'The event; the same when it is delivered again' },
    ce_type: { type: 'string', description: 'The type of the event' },
    ce_source: { type: 'string', description: 'The service that says so, such as /order-service' },
    ce_subject: { type: 'string', description: 'What it is about; equals the key' },
    ce_time: { type: 'string', format: 'date-time', description: 'When it happened, RFC 3339 in UTC' },
    ce_sequence: {
      type: 'string',
      pattern: '^[1-9][0-9]*$',
      description: 'Version of what it is about, from 1, rising within the topic',
    },
    'content-type': { type: 'string', const: 'application/json', description: 'The value is JSON' },
    traceparent: { type: 'string', description: 'W3C trace context of what caused it' },
  },
}

export function asyncApi(contract: readonly TopicContract[]): string {
  return (
    JSON.stringify(
      {
        asyncapi: '3.0.0',
        info: {
          title: 'Docket events',
          version: '1.0.0',
          license: { name: 'Apache-2.0' },
          description:
            'Everything that happens in Docket, on Kafka, as CloudEvents 1.0 in binary mode with JSON values. Consumers must recognize duplicates: events may come twice.',
          'x-generated': madeBy,
        },
        defaultContentType: 'application/json',
        channels: Object.fromEntries(contract.map(topic => [topic.topic, channel(topic)])),
        operations: Object.fromEntries(
          contract.map(topic => [
            `send-${topic.topic}`,
            {
              action: 'send',
              title: `${producersOf(topic).join(', ')} publishes ${topic.topic}`,
              channel: { $ref: `#/channels/${topic.topic}` },
              messages: topic.events.map(({ type }) => ({
                $ref: `#/channels/${topic.topic}/messages/${pascal(type)}`,
              })),
            },
          ]),
        ),
        components: {
          messages: Object.fromEntries(
            contract.flatMap(topic =>
              topic.events.map(({ type, schema }) => [
                pascal(type),
                {
                  name: type,
                  title: type,
                  summary: schema.description,
                  contentType: 'application/json',
                  headers: { $ref: '#/components/schemas/CloudEventHeaders' },
                  payload: { schemaFormat: 'application/schema+json;version=draft-2020-12', schema },
                  bindings: {
                    kafka: { key: { type: 'string', description: `Is ${topic.key}` }, bindingVersion: '0.5.0' },
                  },
                  examples: (schema.examples ?? []).map(payload => ({ payload })),
                },
              ]),
            ),
          ),
          schemas: { CloudEventHeaders: cloudEventHeaders },
        },
      },
      undefined,
      2,
    ) + '\n'
  )
}

const channel = ({ topic, description, partitions, events }: TopicContract) => ({
  address: topic,
  description,
  messages: Object.fromEntries(
    events.map(({ type }) => [pascal(type), { $ref: `#/components/messages/${pascal(type)}` }]),
  ),
  bindings: { kafka: { topic, partitions, bindingVersion: '0.5.0' } },
})
