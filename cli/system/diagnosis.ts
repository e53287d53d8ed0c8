import { vitalsOf, type Vitals } from './system-state.ts'
import { kafkaOf } from '../client/topics.ts'
import { isUncounted, shownTo, troubleOf, type ServiceState } from './status.ts'
import type { Mgmt } from '../mgmt.ts'
import type { Cause, Order, Payment } from '../client/shapes.ts'

export interface Evidence extends Vitals {
  payments: ReadonlyMap<string, LastAttempt>
  deleted: ReadonlySet<string>
}

interface LastAttempt {
  attempts: number
  outcome: string
  answer?: string
  stuck?: boolean
}

interface Diagnosed extends Pick<Order, 'id' | 'status' | 'updatedAt'> {
  waitsFor?: Pick<NonNullable<Order['waitsFor']>, 'service'> | undefined
}

/** Pure; undefined for an order that waits for nothing. */
export function causeOf({ id, waitsFor }: Pick<Diagnosed, 'id' | 'waitsFor'>, evidence: Evidence): Cause | undefined {
  if (!waitsFor) return undefined
  return (
    deadLetter(id, evidence) ??
    outage(waitsFor.service, evidence) ??
    paymentTrouble(id, evidence) ??
    delay(waitsFor.service, evidence) ??
    deletion(id, waitsFor.service, evidence) ??
    uncounted(evidence) ??
    unknown(waitsFor.service, evidence)
  )
}

function deadLetter(id: string, { letters }: Evidence): Cause | undefined {
  const letter = letters.find(one => one.key === id)
  return (
    letter && {
      kind: 'dead_letter',
      text: `${letter.group} could not handle ${letter.type ?? 'an event'}: ${letter.error}`,
      next: `mend that, then: mgmt dlq redrive ${letter.id}`,
    }
  )
}

function outage(name: string, { services, kafka }: Evidence): Cause | undefined {
  const service = services.find(one => one.service === name)
  if (service?.status === 'away')
    return {
      kind: 'service_away',
      text: `${name} is unavailable: ${service.detail}`,
      next: 'start it; orders go on by themselves; see: mgmt status',
    }
  const kafkaTrouble = kafkaTroubleOf(service, kafka)
  if (kafkaTrouble !== undefined)
    return {
      kind: 'kafka_away',
      text: `Kafka is unavailable: ${kafkaTrouble}`,
      next: 'start it; orders go on by themselves; see: mgmt status',
    }
  if (service?.status === 'not_ready')
    return {
      kind: 'service_away',
      text: `${name} is not ready: ${service.checks ? troubleOf(service.checks) : `its reason is ${shownTo}`}`,
      next: 'see: mgmt status',
    }
  return undefined
}

/** As the service sees it, if it says so: Kafka may well be out of reach from here only. */
function kafkaTroubleOf(service: ServiceState | undefined, kafka: Vitals['kafka']): string | undefined {
  const seen = service?.status === 'away' ? undefined : service?.checks?.kafka
  if (seen) return seen.ok ? undefined : (seen.detail ?? 'not ok')
  return kafka.ok ? undefined : kafka.detail
}

function paymentTrouble(id: string, { payments }: Evidence): Cause | undefined {
  const payment = payments.get(id)
  if (payment?.stuck)
    return {
      kind: 'payment_stuck',
      text: `the payment provider fails this payment alone: ${payment.answer ?? 'no answer'} (${payment.attempts} attempts)`,
      next: `mgmt payments retry ${id}, or: mgmt payments give-up ${id}`,
    }
  if (payment?.outcome === 'error')
    return {
      kind: 'provider_away',
      text: `the payment provider fails: ${payment.answer ?? 'no answer'} (${payment.attempts} attempts)`,
      next: 'it is retried automatically',
    }
  return undefined
}

function delay(name: string, { services, kafka }: Evidence): Cause | undefined {
  const behind = (kafka.ok && kafka.lag.find(({ group }) => group === name)?.lag) || 0
  if (behind > 0)
    return {
      kind: 'lag',
      text: `${name} is ${behind} ${behind === 1 ? 'event' : 'events'} behind`,
      next: 'it catches up by itself; see: mgmt status',
    }
  const answering = services.filter(one => one.status !== 'away')
  const stuffed = answering.find(({ outbox }) => (outbox?.oldestSeconds ?? 0) > 5)
  if (stuffed)
    return {
      kind: 'lag',
      text: `the outbox of ${stuffed.service} has ${stuffed.outbox?.rows} events that were not sent yet`,
      next: `see the log of ${stuffed.service}`,
    }
  return undefined
}

function uncounted({ services }: Evidence): Cause | undefined {
  const one = services.find(service => service.status !== 'away' && isUncounted(service))
  return (
    one && {
      kind: 'lag',
      text: `the outbox of ${one.service} could not be counted, so events may wait in it`,
      next: 'see docs/runbooks/OutboxNotDraining.md',
    }
  )
}

const deletion = (id: string, name: string, { deleted }: Evidence): Cause | undefined =>
  deleted.has(id)
    ? {
        kind: 'event_deleted',
        text: `Kafka has deleted the records of that time, so the event that ${name} needs is lost`,
        next: `mgmt orders resend ${id}`,
      }
    : undefined

const unknown = (name: string, { kafka }: Evidence): Cause => ({
  kind: 'unknown',
  text: `${name} has not done its step, and nothing that can be seen from here keeps it`,
  next: kafka.ok
    ? `see the log of ${name}`
    : `see the log of ${name}; its lag and dead letters are known where Kafka can be reached: mgmt dlq list`,
})

const maxLookups = 50

/** Never rejects, because an unavailable dependency is part of the answer. */
async function evidenceFor(mgmt: Mgmt, orders: readonly Diagnosed[], known?: Vitals): Promise<Evidence> {
  const waiting = orders.filter(({ waitsFor }) => waitsFor?.service === 'payment-service').slice(0, maxLookups)
  const [vitals, payments, deleted] = await Promise.all([
    known ?? vitalsOf(mgmt),
    Promise.all(waiting.map(({ id }) => lastAttempt(mgmt, id))),
    ordersWithDeletedEvents(mgmt, orders.slice(0, maxLookups)),
  ])
  return { ...vitals, payments: new Map(payments.flatMap(one => (one ? [one] : []))), deleted }
}

/**
 * A missing event is on the topic that a service consumes; a missing reply is on the one it publishes, and
 * order-service may have lost it.
 */
const topicsOf: Record<string, Record<string, readonly string[]>> = {
  pending: {
    'inventory-service': ['order-events', 'inventory-events'],
    'payment-service': ['inventory-events', 'payment-events'],
    'order-service': ['inventory-events', 'payment-events'],
  },
  accepted: {
    'shipping-service': ['order-events', 'shipping-events'],
    'inventory-service': ['shipping-events', 'inventory-events'],
    'order-service': ['inventory-events', 'shipping-events'],
  },
}

/** Empty when Kafka is unavailable, which is a cause of its own. */
async function ordersWithDeletedEvents(mgmt: Mgmt, orders: readonly Diagnosed[]): Promise<Set<string>> {
  const needed = orders.flatMap(({ id, status, waitsFor, updatedAt }) =>
    (topicsOf[status]?.[waitsFor?.service ?? ''] ?? []).map(topic => ({
      topic,
      key: id,
      sinceMs: Date.parse(updatedAt),
    })),
  )
  if (needed.length === 0) return new Set()
  try {
    const [{ kafkaClient }, { mayBeDeleted }] = await Promise.all([
      import('@docket/kafka/client.ts'),
      import('@docket/kafka/deleted-records.ts'),
    ])
    const deleted = await mayBeDeleted(kafkaClient(kafkaOf(mgmt)), needed)
    return new Set(needed.filter((_, at) => deleted[at]).map(({ key }) => key))
  } catch {
    return new Set()
  }
}

/** Only an operator may see payments, and only while payment-service is available. */
async function lastAttempt(mgmt: Mgmt, orderId: string): Promise<[string, LastAttempt] | undefined> {
  try {
    const { attempts, stuckAt } = await mgmt.api.get<Payment>('payment', `/payments/${orderId}`)
    const last = attempts.at(-1)
    return (
      last && [
        orderId,
        {
          attempts: attempts.length,
          outcome: last.outcome,
          ...(last.answer !== undefined && { answer: last.answer }),
          ...(stuckAt !== undefined && { stuck: true }),
        },
      ]
    )
  } catch {
    return undefined
  }
}

/** `known` avoids asking twice. */
export async function withCauses<O extends Diagnosed & Pick<Order, 'stuck' | 'cause'>>(
  mgmt: Mgmt,
  orders: readonly O[],
  known?: Vitals,
): Promise<O[]> {
  const stuck = orders.filter(order => order.stuck)
  if (stuck.length === 0) return [...orders]
  const evidence = await evidenceFor(mgmt, stuck, known)
  return orders.map(order => {
    const cause = order.stuck ? causeOf(order, evidence) : undefined
    return cause ? { ...order, cause } : order
  })
}
