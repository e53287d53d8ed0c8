import type { ServiceKey } from './api.ts'
import type { Mgmt } from './mgmt.ts'
import type { ServiceState, Status } from './render/status.ts'

const services: ServiceKey[] = ['user', 'order', 'inventory', 'payment', 'shipping']
const patienceMs = 3_000

/** How every service, Kafka and what waits in queues are doing now. Never rejects: what is away is part of the answer. */
export async function statusOf(mgmt: Mgmt): Promise<Status> {
  const [states, kafka] = await Promise.all([Promise.all(services.map(service => stateOf(mgmt, service))), kafkaState(mgmt)])
  return { context: mgmt.context.name, services: states, kafka }
}

export const isWell = ({ services: states, kafka }: Status) => kafka.ok && states.every(service => service.status === 'ready')

async function stateOf(mgmt: Mgmt, service: ServiceKey): Promise<ServiceState> {
  try {
    const { status: word, version, uptimeSeconds, checks, outbox } = await mgmt.api.readiness(service, AbortSignal.timeout(patienceMs))
    return { service: `${service}-service`, url: mgmt.context[service], status: word, version, uptimeSeconds, checks, outbox }
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    return { service: `${service}-service`, url: mgmt.context[service], status: 'away', detail: timedOut ? `no answer within ${patienceMs / 1_000} s` : error instanceof Error ? error.message : String(error) }
  }
}

async function kafkaState(mgmt: Mgmt): Promise<Status['kafka']> {
  const brokers = mgmt.context.kafkaBrokers
  try {
    const [{ kafkaClient }, { groupLags, topicOverview }] = await Promise.all([import('@docket/kafka/client.ts'), import('@docket/kafka/admin.ts')])
    const client = kafkaClient({ brokers: brokers.split(','), clientId: 'mgmt' })
    const [lags, topics] = await withinPatience(Promise.all([groupLags(client), topicOverview(client)]))
    const lagOf = Map.groupBy(lags, one => one.group)
    return {
      ok: true, brokers, topics: topics.length,
      lag: [...lagOf].map(([group, some]) => ({ group, lag: some.reduce((sum, one) => sum + one.lag, 0) })),
      deadLetters: topics.filter(({ topic, records }) => topic.endsWith('.dlq') && records > 0).map(({ topic, records }) => ({ topic, records })),
    }
  } catch (error) {
    return { ok: false, brokers, detail: error instanceof Error ? error.message : String(error) }
  }
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  return Promise.race([work, new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${2 * patienceMs / 1_000} s`)), 2 * patienceMs).unref()
  })])
}
