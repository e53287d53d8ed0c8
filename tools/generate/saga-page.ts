/**
 * Writes docs/saga.md and packages/contract/generated/flows.json from what the five services consume and publish; with --check it only compares. `npm run
 * generate` runs it.
 */
import type { Handlers } from '@docket/chassis/messaging/handlers.ts'
import { readContract, type TopicContract } from './contract/read.ts'
import { topicOf, type EventType } from '@docket/contract/generated/contract.ts'
import { generated } from './generated-file.ts'

const consumers: Record<string, Handlers> = {
  'order-service': (await import('@docket/order-service/src/order.handlers.ts')).handlers,
  'inventory-service': (await import('@docket/inventory-service/src/stock.handlers.ts')).handlers,
  'payment-service': (await import('@docket/payment-service/src/payment.handlers.ts')).handlers,
  'shipping-service': (await import('@docket/shipping-service/src/shipment.handlers.ts')).handlers,
  'user-service': {},
}
const contract = await readContract(new URL('../../events/', import.meta.url))

const short = (name: string) => name.replace(/-(service|events)$/, '')
// the keys of Handlers are event types
const consumedBy = (service: string) => Object.keys(consumers[service] ?? {}) as EventType[]

const arrows = Object.keys(consumers).flatMap(service => {
  const byTopic = Map.groupBy(consumedBy(service), type => topicOf[type])
  return [...byTopic].map(([topic, types]) => `  ${short(topic)}_events -->|"${types.join('<br>')}"| ${short(service)}`)
})

const unconsumed = contract
  .flatMap(({ events }) => events.map(({ type }) => type))
  .filter(type => !Object.keys(consumers).some(service => consumedBy(service).includes(type as EventType)))

const page = `<!-- Generated from the handlers of the five services and from events/ by \`npm run generate\`. Do not edit. -->

# The saga

Which service publishes what, and which consume it. A box is a service, a rounded box its topic; an arrow lists the consumed events.

\`\`\`mermaid
flowchart LR
${contract.map(({ topic, producer }) => `  ${short(producer)}["${producer}"] --> ${short(topic)}_events(["${topic}"])`).join('\n')}
${arrows.join('\n')}
\`\`\`

| service | consumes, in this order within a batch | publishes |
| --- | --- | --- |
${contract
  .map(
    ({ producer, events }) =>
      `| ${producer} | ${
        consumedBy(producer)
          .map(type => `\`${type}\``)
          .join(', ') || '–'
      } | ${events.map(({ type }) => `\`${type}\``).join(', ')} |`,
  )
  .join('\n')}

Consumed by none of the five, for other consumers: ${unconsumed.map(type => `\`${type}\``).join(', ')}.
`

const topicsWhere = (isMeant: (topic: TopicContract) => boolean) => contract.filter(isMeant).map(({ topic }) => topic)
const flows = Object.keys(consumers).map(service => [
  service,
  {
    publishes: topicsWhere(({ producer }) => producer === service),
    handles: consumedBy(service),
    consumes: [...new Set(consumedBy(service).map(type => topicOf[type]))].sort(),
    ownsDeadLettersOf: topicsWhere(({ deadLetterOwner }) => deadLetterOwner === service),
  },
])

await generated('docs/saga.md', page, 'the services do')
await generated(
  'packages/contract/generated/flows.json',
  `${JSON.stringify(Object.fromEntries(flows), undefined, 2)}\n`,
  'the services do',
)
