import { z } from 'zod'
import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import type { EventFeed, Reading } from '@docket/chassis/feed/feed.ts'
import { offsetsIn } from '@docket/chassis/feed/offsets.ts'
import type { Act } from '@docket/chassis/http/acts.ts'
import { route, seesAll, type Route, type User } from '@docket/chassis/http/route.ts'
import { eventFilter, orderOf, topicPattern, type Expression } from '@docket/contract/event-filter.ts'
import { isId } from '@docket/contract/mask.ts'
import { isDeadLetterTopic } from '@docket/kafka/topics.ts'
import { FeedQuery } from './feed.shapes.ts'
import { orderFacts, ordersAbout, sentItems } from './feed.stream.ts'

type Query = z.output<typeof FeedQuery>

const heartbeatMs = 1_000 // so that a client notices within two seconds that the line is dead
const costOfThePast = 20 // requests: the past is read from Kafka for one client alone

export function feedRoutes(feed: EventFeed): Route[] {
  const facts = orderFacts()
  return [
    route({
      method: 'get',
      path: '/events',
      who: 'user',
      summary: 'Every event as it happens, masked, as Server-Sent Events; for customers those of their orders',
      query: FeedQuery,
      answers: { 200: z.string() },
      refusals: { wrong_position: 422, wrong_expression: 422, two_beginnings: 422, operators_only: 403 },
      weight: ({ from, last }) => (from === 'now' && last === undefined ? 1 : costOfThePast),
      async handle({ query, user, headers, db, audit, signal }) {
        if (query.personal && user.role !== 'operator')
          return refused('operators_only', 'Only operators may see personal data.')
        const from = beginningOf(query, headers['last-event-id'])
        if (isRefused(from)) return from
        const [include, exclude] = await Promise.all([expressions(query.include), expressions(query.exclude)])
        if (isRefused(include)) return include
        if (isRefused(exclude)) return exclude
        if (query.personal) await db.transaction(tx => audit(sightOf(query), tx)) // before any of it is shown
        const customer = query.customer?.toLowerCase()
        const isWanted = eventFilter({ ...query, include, exclude }, ordersAbout(facts, customer, query.sku))
        const looksUp = !seesAll(user) || customer !== undefined || query.sku !== undefined
        const reading: Reading = {
          topics: topicsOf(query, user),
          from,
          untilMs: query.until === undefined ? undefined : Date.parse(query.until),
          follow: query.follow,
          reveals: query.personal ? 'personal' : undefined,
          prepare: async events => (looksUp ? facts.look(db, events) : undefined),
          isWanted: seesAll(user)
            ? isWanted
            : event => facts.of(orderOf(event) ?? '')?.customerId === user.id && isWanted(event),
          signal,
        }
        return { status: 200, stream: sentItems(feed.read(reading)), heartbeatMs }
      },
    }),
  ]
}

function sightOf({ order, customer }: Query): Act {
  const [kind, id] =
    order !== undefined ? ['order', order] : customer !== undefined ? ['customer', customer] : ['event', '*']
  return {
    act: 'personal_data.shown',
    on: { kind, id },
    ...(order !== undefined && isId(order) && { orderId: order.toLowerCase() }),
  }
}

/** Dead letters are shown to those who ask for them, and are of no concern to customers. */
function topicsOf({ topic: names }: Query, user: User): Reading['topics'] {
  const patterns = names?.map(topicPattern)
  return topic =>
    (patterns ? patterns.some(one => one.test(topic)) : !isDeadLetterTopic(topic)) &&
    (seesAll(user) || !isDeadLetterTopic(topic))
}

function beginningOf({ from, last }: Query, lastEventId: string | string[] | undefined): Reading['from'] | Refused {
  if (typeof lastEventId === 'string') {
    const offsets = offsetsIn(lastEventId)
    return offsets ? { offsets } : refused('wrong_position', 'The Last-Event-ID is none of this feed.')
  }
  if (last !== undefined) return from === 'now' ? { last } : refused('two_beginnings', 'Give either from or last.')
  return from === 'now' || from === 'beginning' ? from : new Date(from)
}

/** By an engine whose time grows with the text alone: those of others could stop this process. */
async function expressions(texts: readonly string[] | undefined): Promise<Expression[] | undefined | Refused> {
  if (texts === undefined) return undefined
  const { RE2JS } = await import('re2js') // rarely used, so not loaded before
  try {
    return texts.map(text => RE2JS.compile(text, RE2JS.CASE_INSENSITIVE))
  } catch {
    return refused(
      'wrong_expression',
      'An expression cannot be read. It is one of RE2: without look-around and back references.',
    )
  }
}
