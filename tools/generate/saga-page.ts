/**
 * Writes docs/saga.md and packages/contract/generated/flows.json from what the five services consume and publish; with
 * --check it only compares. `npm run generate` runs it.
 */
import { topicOf } from '@docket/contract/generated/contract.ts'
import { handledBy, revokesTokens, services } from './consumers.ts'
import { producersOf, readContract, type TopicContract } from './contract/read.ts'
import { generated } from './generated-file.ts'

const contract = await readContract(new URL('../../events/', import.meta.url))

const short = (name: string) => name.replace(/-(service|events)$/, '')

const arrows = services.flatMap(service => {
  const byTopic = Map.groupBy(handledBy(service), type => topicOf[type])
  return [...byTopic].map(([topic, types]) => `  ${short(topic)}_events -->|"${types.join('<br>')}"| ${short(service)}`)
})

const publishedBy = (service: string) =>
  contract.filter(topic => producersOf(topic).includes(service)).flatMap(({ events }) => events.map(({ type }) => type))

const handled = new Set<string>(services.flatMap(handledBy))
const inWords = (types: readonly string[]) => types.map(type => `\`${type}\``).join(', ')
const typesThat = (isMeant: (topic: string, event: TopicContract['events'][number]) => boolean) =>
  inWords(contract.flatMap(({ topic, events }) => events.filter(one => isMeant(topic, one)).map(({ type }) => type)))

const page = `<!-- Generated from the handlers of the five services and from events/ by \`npm run generate\`. Do not edit. -->

# The saga

Which service publishes what, and which consume it. A box is a service, a rounded box its topic; an arrow lists the consumed events.

\`\`\`mermaid
flowchart LR
${contract.flatMap(topic => producersOf(topic).map(one => `  ${short(one)}["${one}"] --> ${short(topic.topic)}_events(["${topic.topic}"])`)).join('\n')}
${arrows.join('\n')}
\`\`\`

| service | consumes, in this order within a batch | publishes |
| --- | --- | --- |
${services.map(service => `| ${service} | ${inWords(handledBy(service)) || '–'} | ${inWords(publishedBy(service))} |`).join('\n')}

Read by every replica of every service, without a group, to refuse tokens that were revoked
([0018](decisions/0018-every-replica-hears-of-revocations.md)): ${typesThat(revokesTokens)}.

Consumed by none of the five, for observers: ${typesThat((topic, event) => !handled.has(event.type) && !revokesTokens(topic, event))}.
`

const topicsWhere = (isMeant: (topic: TopicContract) => boolean) => contract.filter(isMeant).map(({ topic }) => topic)
const flows = services.map(service => [
  service,
  {
    publishes: topicsWhere(({ producer }) => producer === service),
    alsoPublishes: topicsWhere(({ coProducers }) => coProducers?.includes(service) === true),
    handles: handledBy(service),
    consumes: [...new Set(handledBy(service).map(type => topicOf[type]))].sort(),
    ownsDeadLettersOf: topicsWhere(({ deadLetterOwner }) => deadLetterOwner === service),
  },
])

await generated('docs/saga.md', page, 'the services do')
await generated(
  'packages/contract/generated/flows.json',
  `${JSON.stringify(Object.fromEntries(flows), undefined, 2)}\n`,
  'the services do',
)
