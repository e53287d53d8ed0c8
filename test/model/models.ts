import { explore, type Found } from './engine/search.ts'
import { fulfilmentModel } from './fulfilment/fulfilment-model.ts'
import { needless as needlessRules, rules as fulfilmentRules, type Rule } from './fulfilment/rules.ts'
import { scenarios, type ScenarioName } from './fulfilment/scenarios.ts'
import { queueModel } from './queue/queue-model.ts'
import { rules as queueRules, type QueueRule } from './queue/rules.ts'
import { scenarios as queueScenarios, type QueueScenarioName } from './queue/scenarios.ts'

export type AnyRule = Rule | QueueRule
export type AnyScenario = ScenarioName | QueueScenarioName

export const rules: Readonly<Record<AnyRule, string>> = { ...fulfilmentRules, ...queueRules }
export const needless: Readonly<Partial<Record<AnyRule, string>>> = needlessRules

export const allScenarios = Object.keys({ ...scenarios, ...queueScenarios }) as AnyScenario[]

/** Too many states for a run that somebody waits for: seconds to minutes each, and up to a gigabyte. */
const large: readonly AnyScenario[] = [
  'returns-gone',
  'returns',
  'reports-cancel',
  'found-all',
  'all',
  'all-again',
  'all-dead-letter',
]
export const smallScenarios = allScenarios.filter(name => !large.includes(name))

const mostStates = 10_000_000

/**
 * Explores a scenario, with some of the rules left out. There may be no end of states then: it ends with those that it
 * can hold.
 */
export function run(name: AnyScenario, without: readonly AnyRule[] = [], most = mostStates): Found {
  const applies = (rule: AnyRule) => !without.includes(rule)
  return isQueue(name)
    ? explore(queueModel(queueScenarios[name], applies), most)
    : explore(fulfilmentModel(scenarios[name], applies), most)
}

const isQueue = (name: AnyScenario): name is QueueScenarioName => name in queueScenarios

/** The scenario in which it shows soonest that a rule is left out. */
export const noticedIn: Readonly<Partial<Record<AnyRule, AnyScenario>>> = {
  'o.pending-on-paid': 'plain',
  'o.pending-on-failed': 'plain',
  'o.pending-on-rejected': 'plain',
  'o.needs-allocations': 'cancel',
  'o.second-of-two': 'plain',
  'o.cancel-pending': 'plain',
  'o.asks-shipping': 'plain',
  'o.not-accepted-yet': 'cancel',
  'o.request-open': 'cancel-again',
  'o.request-any-state': 'plain',
  'o.location': 'cancel',
  'o.refund-withdrawn': 'cancel-parts',
  'o.silent-when-refused': 'cancel',
  'o.last-is-cancelled': 'cancel-dead-letter',
  'o.completed-by-withdrawal': 'cancel-parts',
  'o.committed-claim': 'cancel-again',
  'o.return-claim': 'returns-again',
  'o.return-kept': 'money',
  'o.return-in-completed': 'money',
  'o.found-no-money': 'found-elsewhere',
  'i.created-claim': 'plain',
  'i.tombstone': 'plain',
  'i.shipped-claim': 'cancel-again',
  'i.lines-claim': 'cancel-again',
  'i.return-claim': 'returns-again',
  'i.found-claim': 'found',
  'i.lines-guard': 'cancel-dead-letter',
  'i.release-all': 'plain',
  'i.still-reserved': 'cancel-dead-letter',
  'i.return-from': 'found-elsewhere',
  'i.lost': 'money',
  'i.found': 'found-elsewhere',
  'i.committed-state': 'cancel',
  'i.check': 'returns-again',
  'p.reserved-claim': 'plain',
  'p.tombstone': 'plain',
  'p.note': 'plain',
  'p.cancel-refunds': 'plain',
  'p.rest-only': 'cancel-dead-letter',
  'p.refund-claim': 'money-again',
  'p.clamp': 'money',
  'p.failed-counts': 'money-again',
  'p.refund-key': 'plain',
  'p.charge-key': 'plain',
  'p.goodwill-claim': 'money-again',
  'p.goodwill-limit': 'money-again',
  'p.retry': 'money',
  'p.hand-guard': 'money-again',
  's.accepted-claim': 'cancel-again',
  's.request-claim': 'cancel-again',
  's.kept': 'plain',
  's.kept-once': 'plain',
  's.only-open': 'cancel',
  's.rest-open': 'cancel',
  's.empty-cancelled': 'cancel-parts',
  's.answers-refusal': 'plain',
  's.rank': 'reports',
  's.report-kept': 'reports',
  's.claim-confirmed': 'reports',
  's.late-delivery': 'reports',
  's.ask-free': 'reports-trusted',
  's.other-returns': 'money',
  's.takes-over': 'returns-parts',
  's.undeliverable-waits': 'money',
  's.lost-once': 'money',
  's.receive-guard': 'money',
  's.rest-return': 'returns-again',
  's.never-comes': 'returns-parts',
  's.late-free': 'found-elsewhere',
  's.found-limit': 'found-elsewhere',
  'x.outbox': 'plain',
  'x.offset-last': 'plain',
  'x.topic-order': 'money',
  'x.redrive': 'plain',
  'x.gate': 'update',
  'x.old-main': 'update',
  'x.sweep-accept': 'update',
  'x.backfill': 'update',
  'q.on-adjust': 'queue-mugs',
  'q.on-release': 'queue-mugs',
  'q.on-return': 'queue-mugs',
  'q.on-leave': 'queue-mugs',
  'q.order': 'queue-overtake',
  'q.pass-on': 'queue-overtake',
  'q.all-or-nothing': 'queue-cross',
  'q.newcomer': 'queue-mugs',
  'q.no-overtake': 'queue-overtake',
  'q.by-line': 'queue-cross',
  'q.leaves': 'queue-mugs',
  'q.tombstone': 'queue-mugs-again',
  'q.claim': 'queue-mugs-again',
  'q.lock-first': 'queue-mugs',
  'q.reserved-starts-window': 'queue-mugs',
  'q.paid-starts-window': 'queue-mugs',
  'q.waiting-guard': 'queue-mugs',
}

/** Where a rule is looked for: first where it is known to be noticed, and a needless one everywhere. */
export const scenariosFor = (rule: AnyRule): AnyScenario[] => {
  const known = noticedIn[rule]
  return known ? [known, ...smallScenarios.filter(name => name !== known)] : smallScenarios
}
