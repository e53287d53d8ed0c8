import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { unlessAborted } from '@docket/foundation/abort.ts'
import type { ServiceKey } from '../client/api.ts'
import { isWaiting, maskedLetter } from '../events/dead-letter-list.ts'
import { kafkaOf } from '../client/topics.ts'
import type { Mgmt } from '../mgmt.ts'
import { ordersOf } from '../orders/selection.ts'
import { patience } from '../client/patience.ts'
import { troubleOf, type ServiceState, type Status } from './status.ts'

const services: ServiceKey[] = ['user', 'order', 'inventory', 'payment', 'shipping']
const patienceMs = 3_000

export interface Vitals extends Pick<Status, 'services' | 'kafka'> {
  letters: readonly StoredDeadLetter[]
}

/** Never rejects, because an unavailable dependency is part of the answer. */
export async function vitalsOf(mgmt: Mgmt): Promise<Vitals> {
  const [states, kafka] = await Promise.all([
    Promise.all(services.map(service => stateOf(mgmt, service))),
    kafkaState(mgmt),
  ])
  return { services: states, ...kafka }
}

export async function statusOf(mgmt: Mgmt): Promise<Status> {
  const [{ services: states, kafka }, stuck] = await Promise.all([vitalsOf(mgmt), stuckOrders(mgmt)])
  const orders = kafka.ok ? await ordersOfAMinute(mgmt) : {}
  return {
    context: mgmt.context.name,
    at: new Date().toISOString(),
    services: states,
    kafka,
    orders: { ...orders, ...stuck },
  }
}

export const isWell = ({ services: states, kafka }: Pick<Status, 'services' | 'kafka'>) =>
  kafka.ok && states.every(service => service.status === 'ready' && troubleOf(service.checks) === '')

async function stateOf(mgmt: Mgmt, service: ServiceKey): Promise<ServiceState> {
  try {
    const { status: word, details, skewMs } = await mgmt.api.readiness(service, patience(patienceMs))
    const about = { service: `${service}-service`, url: mgmt.context[service], status: word }
    if (!details) return { ...about, skewMs }
    const { version, uptimeSeconds, checks, outbox } = details
    return { ...about, version, uptimeSeconds, checks, outbox, skewMs }
  } catch (error) {
    return {
      service: `${service}-service`,
      url: mgmt.context[service],
      status: 'away',
      detail: messageOf(error),
    }
  }
}

async function kafkaState(mgmt: Mgmt): Promise<Pick<Vitals, 'kafka' | 'letters'>> {
  const brokers = mgmt.context.kafkaBrokers
  const ending = new AbortController()
  try {
    const [{ kafkaClient }, { groupLags, topicOverview }] = await Promise.all([
      import('@docket/kafka/client.ts'),
      import('@docket/kafka/admin.ts'),
    ])
    const client = kafkaClient(kafkaOf(mgmt))
    const [lags, topics, letters] = await withinPatience(
      Promise.all([groupLags(client), topicOverview(client), waitingLetters(mgmt, ending.signal)]),
    )
    const lagOf = Map.groupBy(lags, one => one.group)
    const lag = [...lagOf].map(([group, some]) => ({ group, lag: some.reduce((sum, one) => sum + one.lag, 0) }))
    const deadLetters = [...Map.groupBy(letters, ({ topic }) => topic)].map(([topic, some]) => ({
      topic,
      waiting: some.length,
    }))
    return { kafka: { ok: true, brokers, topics: topics.length, lag, deadLetters }, letters }
  } catch (error) {
    return {
      kafka: { ok: false, brokers, detail: messageOf(error) },
      letters: [],
    }
  } finally {
    ending.abort() // the letters are looked for longer than it takes to see that Kafka refuses connections
  }
}

/** Redriven and dismissed letters stay in the topic, so they are filtered out. */
async function waitingLetters(mgmt: Mgmt, ending: AbortSignal): Promise<StoredDeadLetter[]> {
  const { readDeadLetters } = await import('@docket/kafka/dead-letter-queue.ts')
  return (await readDeadLetters(kafkaOf(mgmt), AbortSignal.any([limited(mgmt), ending])))
    .filter(isWaiting)
    .map(maskedLetter)
}

const limited = (mgmt: Mgmt) => AbortSignal.any([mgmt.signal, patience(2 * patienceMs)])
const minuteMs = 60_000

/** Counted from the topic. */
async function ordersOfAMinute(mgmt: Mgmt): Promise<Partial<Status['orders']>> {
  const { tail } = await import('@docket/kafka/tail.ts')
  const { header } = await import('@docket/kafka/record-codec.ts')
  const perMinute = { created: 0, completed: 0, rejected: 0, cancelled: 0 }
  const signal = limited(mgmt)
  try {
    await tail({
      kafka: kafkaOf(mgmt),
      topics: ['order-events'],
      from: new Date(Date.now() - minuteMs),
      follow: false,
      signal,
      onState: () => undefined,
      onRecord(record) {
        const what = header(record, 'ce_type')?.replace('order.', '')
        if (what !== undefined && Object.hasOwn(perMinute, what)) perMinute[what as keyof typeof perMinute]++
      },
    })
    return signal.aborted ? {} : { perMinute }
  } catch {
    return {} // reported as the state of Kafka
  }
}

export const mostStuck = 100

/** Needs a session, and only an operator sees other users' orders. */
async function stuckOrders(mgmt: Mgmt): Promise<Partial<Status['orders']>> {
  if (!mgmt.sessions.read()) return {}
  try {
    return { stuck: (await ordersOf(mgmt, { stuck: true, limit: mostStuck })).length }
  } catch {
    return {} // order-service is unavailable, which is reported elsewhere, or the session has ended
  }
}

const withinPatience = <T>(work: Promise<T>): Promise<T> => unlessAborted(work, patience(2 * patienceMs))
