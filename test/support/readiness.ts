import type { ServiceAddresses } from './client.ts'
import { until } from './until.ts'

export interface Readiness {
  status: number
  checks: Record<string, { ok: boolean }>
}

export const consumers = ['order', 'inventory', 'payment', 'shipping'] as const

export async function readinessOf(url: string): Promise<Readiness> {
  const response = await fetch(`${url}/readyz`)
  const { checks } = (await response.json()) as Pick<Readiness, 'checks'>
  return { status: response.status, checks }
}

/** Without Kafka a service is ready, but says that something does not get on. */
export const missesKafka = ({ checks }: Readiness) => [checks.kafka, checks.consumer].some(check => check?.ok === false)

/** After an outage of Kafka: being ready says nothing of it. */
export async function untilAllConsume(ops: ServiceAddresses): Promise<void> {
  for (const name of consumers)
    await until(`${name}-service consumes again`, async () => !missesKafka(await readinessOf(ops[name])))
}
