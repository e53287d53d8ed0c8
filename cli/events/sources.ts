import type { TailOptions, TailState } from '@docket/kafka/tail.ts'
import { declaredTopics, isDeadLetterTopic } from '@docket/kafka/topics.ts'
import { feed } from '../client/feed.ts'
import { followingKafka, kafkaOf } from '../client/topics.ts'
import { exit, Failure } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { headerFilter, topicsNamed, type EventFilter } from './filter.ts'
import { toShownEvent, type ShownEvent } from './shown-event.ts'

export interface WantedEvents extends EventFilter {
  topic?: string[]
  allTopics?: boolean
  from: Exclude<TailOptions['from'], { positions: unknown }>
  until: Date | undefined
  follow: boolean
}

export interface Events {
  /** Which are shown; where the feed is read, the service has chosen most of them. */
  accepts(event: ShownEvent): boolean
  onEvent(event: ShownEvent): Promise<void>
  onPause(): Promise<void> | void
  onState(state: TailState): void
  signal: AbortSignal
}

/**
 * Kafka itself is read by those who have a login for it, or name its address for this command; all others read the feed of
 * order-service.
 */
export const readsKafka = ({ context, options }: Pick<Mgmt, 'context' | 'options'>): boolean =>
  context.kafkaSecurity.saslUsername !== undefined || Boolean(options.kafkaBrokers)

/** Where events come from, in words. */
export const sourceOf = (mgmt: Pick<Mgmt, 'context' | 'options'>): string =>
  readsKafka(mgmt) ? mgmt.context.kafkaBrokers : new URL(mgmt.context.order).host

export async function fromKafka(mgmt: Mgmt, wanted: WantedEvents, events: Events): Promise<void> {
  const event = onlyOnce(toShownEvent)
  const { tail } = await import('@docket/kafka/tail.ts')
  const until = wanted.until?.getTime() ?? Infinity
  await followingKafka(mgmt, () =>
    tail({
      kafka: kafkaOf(mgmt),
      topics: topicsNamed(wanted.topic, wanted.allTopics),
      from: wanted.from,
      follow: wanted.follow,
      signal: events.signal,
      until: wanted.until?.getTime(),
      wanted: record => Number(record.timestamp) < until && events.accepts(event(record)),
      onRecord: record => events.onEvent(event(record)),
      onPause: events.onPause,
      onState(state) {
        if (state.state === 'not-readable') expectNoneNamed(state.topics, wanted.topic ?? [])
        events.onState(state)
      },
    }),
  )
}

/** A user who names a topic wants to see it, so it is an error; one found by a pattern is left out. */
function expectNoneNamed(notReadable: readonly string[], named: readonly string[]): void {
  const one = notReadable.find(topic => named.includes(topic))
  if (one !== undefined)
    throw new Failure(`This login of Kafka may not read the topic ${one}.`, {
      status: exit.notAllowed,
      code: 'topic_not_readable',
      next: 'let it have the right Read there, or use another login: mgmt context set NAME --kafka-sasl-username USER',
    })
}

/** Caches by record, because several filters ask for the same one. */
function onlyOnce<In extends object, Out>(work: (value: In) => Out): (value: In) => Out {
  let last: { value: In; result: Out } | undefined
  return value => {
    if (last?.value !== value) last = { value, result: work(value) }
    return last.result
  }
}

export async function fromFeed(mgmt: Mgmt, wanted: WantedEvents, events: Events): Promise<void> {
  const isNamed = topicsNamed(wanted.topic, wanted.allTopics) ?? (topic => !isDeadLetterTopic(topic))
  const topics = declaredTopics.map(({ topic }) => topic).filter(isNamed)
  const hasHeaders = headerFilter(wanted.header)
  let isReady = false
  const query = { ...wanted, topics: wanted.allTopics ? ['*'] : wanted.topic, types: wanted.type, skus: wanted.sku }
  const expressions = {
    include: wanted.include?.map(one => one.source),
    exclude: wanted.exclude?.map(one => one.source),
  }
  for await (const item of feed(mgmt.api, { ...query, ...expressions }, { signal: events.signal, isWhole: true }))
    switch (item.is) {
      case 'connected':
        if (!isReady) events.onState({ state: 'ready', topics, positions: [] })
        isReady = true
        break
      case 'event':
        if (hasHeaders(item.event)) await events.onEvent(item.event)
        break
      case 'pause':
        await events.onPause()
        break
      case 'caught-up':
        events.onState({ state: 'caught-up', positions: [] })
        break
      case 'lost':
        events.onState({ state: 'reconnecting', reason: item.reason })
        break
      case 'gap':
    }
  await events.onPause()
}
