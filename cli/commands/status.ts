import { Command } from 'commander'
import type { ServiceKey } from '../api.ts'
import { exit } from '../failure.ts'
import type { Make, Mgmt } from '../mgmt.ts'
import { renderStatus, type ServiceState, type Status } from '../render/status.ts'

const services: ServiceKey[] = ['user', 'order', 'inventory', 'payment', 'shipping']
const patienceMs = 3_000

export const status: Make = ready => new Command('status')
  .description('Show every service, its database, Kafka, and what waits in queues, on one screen')
  .addHelpText('after', '\nExample:\n  $ mgmt status -o json\n\nExit status: 0 all is well, 5 something is away.')
  .action(async () => {
    const mgmt = await ready()
    const found: Status = { context: mgmt.context.name, services: await Promise.all(services.map(service => stateOf(mgmt, service))), kafka: await kafkaState(mgmt) }
    await mgmt.print(found, renderStatus)
    if (!found.kafka.ok || found.services.some(service => service.status !== 'ready')) mgmt.exitWith(exit.unreachable)
  })

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
