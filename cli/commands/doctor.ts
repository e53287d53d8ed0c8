import { Command, Option } from 'commander'
import { messageOf } from '@docket/foundation/errors.ts'
import { withCauses } from '../system/diagnosis.ts'
import { formatDuration } from '../input/durations.ts'
import { exit, Failure } from '../failure.ts'
import { isWell, mostStuck, vitalsOf, type Vitals } from '../system/system-state.ts'
import type { About, Make } from '../command.ts'
import type { Mgmt } from '../mgmt.ts'
import { ordersOf } from '../orders/selection.ts'
import { renderChecks, type Check } from '../render/doctor.ts'
import { isUncounted, shownTo, troubleOf, type ServiceState } from '../system/status.ts'
import type { Page, ProviderState, ReusedSession, User, Waiting } from '../client/shapes.ts'
import { version } from '../version.ts'
import { reconciliationOf } from './reconcile.ts'

export const about: About = {
  summary: 'Find out what is wrong, and what to do about it',
  prints: [{ name: 'string', ok: 'boolean', text: 'string', 'next?': 'string' }],
  samples: [{ needs: 'kafka', expects: 1, callers: [1, 0, 0, 0, 0] }],
}

export const command: Make = ready =>
  new Command('doctor')
    .description(
      'Look for what is wrong, and what to do about it: context, login, services, clocks, versions, queues, stolen sessions, stuck orders',
    )
    .addOption(new Option('--books', 'the old name of mgmt reconcile').hideHelp())
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt doctor
  $ mgmt doctor -o json

Whether every invariant holds: mgmt reconcile. Exit status: 0 all is well, 1 something is wrong, 5 something cannot be
reached.`,
    )
    .action(async ({ books }: { books?: boolean }) => {
      const mgmt = await ready()
      const vitals = await vitalsOf(mgmt)
      const checks: Check[] = [
        contextCheck(mgmt),
        await loginCheck(mgmt),
        ...vitals.services.map(serviceCheck),
        outboxCheck(vitals),
        outboxModeCheck(vitals),
        kafkaCheck(vitals),
        clockCheck(vitals),
        versionCheck(vitals),
        ...(vitals.kafka.ok ? [lettersCheck(vitals)] : []),
        ...(await providerChecks(mgmt)),
        ...(await shippingChecks(mgmt)),
        ...(await theftChecks(mgmt)),
        await stuckCheck(mgmt, vitals),
        ...(books ? await invariantChecks(mgmt) : []),
      ]
      await mgmt.print(checks, renderChecks)
      if (!isWell(vitals)) mgmt.exitWith(exit.unreachable)
      else if (checks.some(({ ok }) => !ok)) mgmt.exitWith(exit.failed)
    })

function contextCheck({ context, options }: Mgmt): Check {
  const name = 'context'
  if (!context.isKnown)
    return {
      name,
      ok: false,
      text: `${context.name} is not set up: the addresses of the local stack are used`,
      next: `mgmt context set ${context.name} --user-url URL …, or mgmt context list`,
    }
  return {
    name,
    ok: true,
    text: `${context.name}${options.context === undefined ? '' : ', by --context'}: ${context.order}, Kafka at ${context.kafkaBrokers}`,
  }
}

async function loginCheck(mgmt: Mgmt): Promise<Check> {
  const name = 'login'
  try {
    const { username, role } = await mgmt.api.get<User>('user', '/me')
    return { name, ok: true, text: `${username}, ${role}` }
  } catch (error) {
    const next =
      error instanceof Failure && error.status === exit.notAllowed
        ? (error.next ?? 'mgmt login USERNAME')
        : 'start user-service, then try again'
    return { name, ok: false, text: messageOf(error), next }
  }
}

function serviceCheck(service: ServiceState): Check {
  const name = service.service
  if (service.status === 'away')
    return {
      name,
      ok: false,
      text: `unavailable: ${service.detail}`,
      next: `start it; on a developer's machine: ./bin/up-local.sh`,
    }
  if (!service.checks) return { name, ok: service.status === 'ready', ...withoutDetails(service.status) }
  const trouble = troubleOf(service.checks)
  if (service.status === 'ready' && trouble === '') return { name, ok: true, text: `ready, version ${service.version}` }
  if (service.status === 'ready')
    return { name, ok: false, text: `ready, but ${trouble}`, next: 'see docs/runbooks/NotGettingOn.md' }
  const failing = Object.entries(service.checks)
    .filter(([, { ok }]) => !ok)
    .map(([what]) => what)
  return {
    name,
    ok: false,
    text: `not ready: ${trouble}`,
    next: `see to its ${failing.join(' and ') || 'log'}; it goes on by itself when that is back`,
  }
}

const withoutDetails = (status: 'ready' | 'not_ready') =>
  status === 'ready'
    ? { text: `ready; the rest is ${shownTo}` }
    : { text: `not ready; why is ${shownTo}`, next: 'mgmt login USERNAME, then try again' }

const detailed = ({ services }: Vitals) =>
  services.flatMap(({ service, ...state }) =>
    state.status !== 'away' && state.outbox && state.checks && state.version !== undefined
      ? [{ service, checks: state.checks, outbox: state.outbox, version: state.version }]
      : [],
  )

const kafkaCheck = ({ kafka }: Vitals): Check =>
  kafka.ok
    ? { name: 'Kafka', ok: true, text: `${kafka.topics} topics` }
    : {
        name: 'Kafka',
        ok: false,
        text: `${kafka.brokers}: ${kafka.detail}`,
        next: "start it; on a developer's machine: ./bin/up-local.sh",
      }

const mostOutboxSeconds = 60 // a healthy relay sends within a second

const unknown = ({ services }: Vitals) =>
  services.every(({ status }) => status === 'away') ? 'no service answers' : shownTo

/** Whatever the reason, events that are not sent show up here. */
function outboxCheck(vitals: Vitals): Check {
  const known = detailed(vitals)
  const late = known.flatMap(({ service, checks, outbox: { rows, oldestSeconds } }) => {
    if (isUncounted({ checks }))
      return [`${service}: it could not be counted, ${(checks.outbox ?? checks.database)?.detail}`]
    if (rows === 0 || oldestSeconds <= mostOutboxSeconds) return []
    return [`${service}: ${rows} wait, the oldest for ${formatDuration(oldestSeconds * 1_000)}`]
  })
  if (known.length === 0) return { name: 'outboxes', ok: true, text: unknown(vitals) }
  return late.length === 0
    ? { name: 'outboxes', ok: true, text: 'no event waits for long' }
    : { name: 'outboxes', ok: false, text: late.join('; '), next: 'see docs/runbooks/OutboxNotDraining.md' }
}

/** Detects events that are sent twice, or never: modes differ, or rows wait for a relay where there is none. */
function outboxModeCheck(vitals: Vitals): Check {
  const name = 'outbox modes'
  const running = detailed(vitals).map(({ service, outbox }) => ({ ...outbox, service }))
  const servicesOf = Map.groupBy(running, ({ mode }) => mode ?? 'relay')
  const [one, ...others] = [...servicesOf].map(
    ([mode, some]) => `${mode}: ${some.map(({ service }) => service).join(', ')}`,
  )
  const mixed = others.length > 0 ? [`not the same for all: ${[one, ...others].join('; ')}`] : []
  const wrong = running.flatMap(({ service, mode = 'relay', modes = [], rows }) => {
    const differing = modes.filter(other => other !== mode)
    return [
      ...(differing.length > 0 ? [`replicas of ${service} differ: ${mode} and ${differing.join(', ')}`] : []),
      ...(mode === 'debezium' && rows > 0 ? [`${service}: ${rows} events were left by a relay`] : []),
    ]
  })
  return mixed.length + wrong.length === 0
    ? { name, ok: true, text: [...servicesOf.keys()][0] ?? unknown(vitals) }
    : { name, ok: false, text: [...mixed, ...wrong].join('; '), next: 'see docs/debezium/README.md' }
}

const mostSkewMs = 2_000

/** Tokens and reservation windows depend on these clocks. */
function clockCheck({ services }: Vitals): Check {
  const wrong = services.filter(service => service.status !== 'away' && Math.abs(service.skewMs) > mostSkewMs)
  const words = wrong.map(service =>
    service.status === 'away'
      ? ''
      : `${service.service} is ${formatDuration(Math.abs(service.skewMs))} ${service.skewMs > 0 ? 'ahead' : 'behind'}`,
  )
  return wrong.length === 0
    ? { name: 'clocks', ok: true, text: 'within 2 s of this machine' }
    : {
        name: 'clocks',
        ok: false,
        text: words.join(', '),
        next: 'set the clock of these machines and of this one by NTP',
      }
}

function versionCheck(vitals: Vitals): Check {
  const versions = Map.groupBy(detailed(vitals), ({ version: one }) => one)
  const words = [...versions].map(([one, some]) => `${one}: ${some.map(({ service }) => service).join(', ')}`)
  const same = versions.size === 0 || (versions.size === 1 && versions.has(version))
  return same
    ? { name: 'versions', ok: true, text: version }
    : {
        name: 'versions',
        ok: false,
        text: `mgmt is ${version}; ${words.join('; ')}`,
        next: 'bring them all to the same version',
      }
}

const lettersCheck = ({ letters }: Vitals): Check =>
  letters.length === 0
    ? { name: 'dead letters', ok: true, text: 'none waits' }
    : { name: 'dead letters', ok: false, text: `${letters.length} wait`, next: 'mgmt dlq list' }

/** Empty when payment-service is unavailable, because other checks report that. */
async function providerChecks(mgmt: Mgmt): Promise<Check[]> {
  const state = await mgmt.api.get<ProviderState>('payment', '/provider').catch(() => undefined)
  if (!state) return []
  const payments: Check =
    state.stuck === 0
      ? { name: 'payments', ok: true, text: 'none waits for an operator' }
      : {
          name: 'payments',
          ok: false,
          text: `${state.stuck} stuck`,
          next: 'mgmt payments list --stuck; see docs/runbooks/PaymentsStuck.md',
        }
  const { failed, late } = state.refunds ?? { failed: 0, late: 0 }
  const refunds: Check =
    failed + late === 0
      ? { name: 'refunds', ok: true, text: 'none waits for an operator' }
      : {
          name: 'refunds',
          ok: false,
          text: `${failed} failed, ${late} due for longer than an hour`,
          next: `mgmt refunds list --status ${failed > 0 ? 'failed' : 'due'}; see docs/runbooks/RefundsWaiting.md`,
        }
  return [providerCheck(state), payments, refunds]
}

function providerCheck({ breaker, misconfigured }: ProviderState): Check {
  const name = 'payment provider'
  if (misconfigured !== undefined)
    return {
      name,
      ok: false,
      text: `refuses every payment: ${misconfigured}`,
      next: 'see docs/runbooks/ProviderMisconfigured.md',
    }
  return breaker === 'closed'
    ? { name, ok: true, text: 'answers' }
    : { name, ok: false, text: 'answers no payment', next: 'see docs/runbooks/BreakerOpen.md' }
}

/** Empty when shipping-service does not say, because other checks report why, or it is of the previous release. */
async function shippingChecks(mgmt: Mgmt): Promise<Check[]> {
  const waiting = await mgmt.api.get<Waiting>('shipping', '/waiting').catch(() => undefined)
  if (!waiting) return []
  const name = 'shipments'
  const { lateDispatch, confirmation, unknownShipment } = waiting
  const found = [
    { count: lateDispatch, what: 'late', next: 'mgmt shipments list --late' },
    { count: confirmation, what: 'claimed as lost or undeliverable', next: 'mgmt shipments list --claims' },
    {
      count: unknownShipment,
      what: 'reported on by a carrier, and known here under no such number',
      next: 'mgmt shipments reports',
    },
  ].filter(({ count }) => count > 0)
  const [first] = found
  return first
    ? [{ name, ok: false, text: found.map(({ count, what }) => `${count} ${what}`).join(', '), next: first.next }]
    : [{ name, ok: true, text: 'none is late, claimed or unknown' }]
}

/** Empty when user-service does not say, because other checks report why, or it is of the previous release. */
async function theftChecks(mgmt: Mgmt): Promise<Check[]> {
  const page = await mgmt.api.get<Page<ReusedSession>>('user', '/sessions/ended-for-reuse').catch(() => undefined)
  if (!page) return []
  const name = 'stolen sessions'
  if (page.items.length === 0) return [{ name, ok: true, text: 'none ended within a day' }]
  const names = [...new Set(page.items.map(({ username }) => username))]
  return [
    {
      name,
      ok: false,
      text: `${page.items.length} ended within a day, as a refresh token was used again: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`,
      next: 'each should change the password: mgmt password change',
    },
  ]
}

async function stuckCheck(mgmt: Mgmt, vitals: Vitals): Promise<Check> {
  try {
    const stuck = await withCauses(mgmt, await ordersOf(mgmt, { stuck: true, limit: mostStuck }), vitals)
    const [first] = stuck
    if (!first) return { name: 'orders', ok: true, text: 'none is stuck' }
    return {
      name: 'orders',
      ok: false,
      text: `${stuck.length}${stuck.length === mostStuck ? ' or more' : ''} stuck: ${first.cause?.text ?? 'for no reason that can be seen'}`,
      next: 'mgmt orders list --stuck',
    }
  } catch (error) {
    const next =
      error instanceof Failure && error.status === exit.unreachable
        ? 'see to what is unavailable'
        : 'mgmt login operator'
    return { name: 'orders', ok: false, text: messageOf(error), next }
  }
}

async function invariantChecks(mgmt: Mgmt): Promise<Check[]> {
  mgmt.note('--books is mgmt reconcile now; this option goes with the next release')
  const { result } = await reconciliationOf(mgmt)
  return result.invariants.map(({ invariant, statement, findings, notChecked }) => {
    const name = `${invariant} ${statement}`
    const [first] = findings
    if (!first && notChecked !== undefined)
      return { name, ok: false, text: `not checked: ${notChecked}`, next: 'mgmt reconcile' }
    if (!first) return { name, ok: true, text: 'holds' }
    return { name, ok: false, text: `${findings.length} wrong: ${first.about} ${first.text}`, next: 'mgmt reconcile' }
  })
}
