import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'
import type { ServiceKey } from '../client/api.ts'
import type { PostDeadLetters } from '../client/generated/requests.ts'
import { isOpen, toldWhenCutOff } from '../client/once.ts'
import { exit, Failure, withTruth } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { isWaiting } from './dead-letter-list.ts'

export interface Worked {
  done: StoredDeadLetter[]
  gone: StoredDeadLetter[]
  /** Already redriven or dismissed by another operator. */
  skipped: StoredDeadLetter[]
}

const atOnce = 2_000 // per request; the service does as many as it can in a few seconds

const services: readonly ServiceKey[] = ['user', 'order', 'inventory', 'payment', 'shipping']

const actions = { redrive: 'sent', dismiss: 'dismissed' } as const

type Action = keyof typeof actions

/**
 * The services do the work, each for the dead letters of its own topic, because no other login may write there. Says
 * how to proceed when it is interrupted.
 */
export async function workOn(
  mgmt: Mgmt,
  action: Action,
  letters: readonly StoredDeadLetter[],
  reason?: string,
): Promise<Worked> {
  const worked: Worked = { done: [], gone: [], skipped: [] }
  const done = () => `${worked.done.length} of ${letters.length} dead letters were ${actions[action]}`
  const goOn = 'it is safe to repeat the command; see what waits with: mgmt dlq list'
  const cutOff = {
    get unknown() {
      return `${done()}; whether others were`
    },
    goOn,
  }
  return toldWhenCutOff(mgmt, cutOff, async () => {
    try {
      await work(mgmt, { action, ...(reason !== undefined && { reason }) }, letters, worked)
    } catch (error) {
      if (!(error instanceof Failure) || isOpen(error) || worked.done.length === 0) throw error
      throw withTruth(error, `${done()}.`, [error.next, goOn].filter(one => one !== undefined).join('; then: '))
    }
    return worked
  })
}

export function noteSkipped(mgmt: Mgmt, action: Action, { skipped }: Pick<Worked, 'skipped'>): void {
  for (const { id } of skipped)
    mgmt.note(`${id} was not ${actions[action]}: somebody else has sent or dismissed it meanwhile.`)
}

async function work(
  mgmt: Mgmt,
  what: { action: Action; reason?: string },
  letters: readonly StoredDeadLetter[],
  worked: Worked,
): Promise<void> {
  const count = () => Object.values(worked).reduce((sum, some) => sum + some.length, 0)
  for (const { topic } of letters) publisherOf(topic) // fails before anything is done
  const groups = Map.groupBy(letters, letter => `${letter.topic} ${isWaiting(letter)}`)
  for (const some of groups.values()) {
    const [{ topic, ...first }] = some as [StoredDeadLetter] // groups are never empty
    const byId = new Map(some.map(letter => [letter.id, letter]))
    const named = (ids: readonly string[]) => ids.flatMap(id => byId.get(id) ?? [])
    for (let ids = [...byId.keys()]; ids.length > 0;) {
      const now = ids.slice(0, atOnce)
      const { left, ...outcome } = await request(mgmt, topic, { ...what, ids: now, again: !isWaiting(first) })
      for (const fate of ['done', 'gone', 'skipped'] as const) worked[fate].push(...named(outcome[fate]))
      ids = [...left, ...ids.slice(now.length)]
      if (count() < letters.length) mgmt.note(`${count()} of ${letters.length} dead letters …`)
    }
  }
}

type Outcome = Record<keyof Worked | 'left', string[]>

function publisherOf(topic: string): ServiceKey {
  const service = topic === 'audit-events' ? 'user' : services.find(key => `${key}-events` === topic) // all write it, one owns it
  if (service) return service
  throw new Failure(`mgmt knows no service that publishes to ${topic}.`, {
    code: 'unknown_topic',
    next: 'leave its dead letters to its own service; choose others with --topic',
  })
}

async function request(mgmt: Mgmt, topic: string, order: PostDeadLetters): Promise<Outcome> {
  const service = publisherOf(topic)
  try {
    return await mgmt.api.send<Outcome>(service, 'POST', '/dead-letters', order)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'not_found') throw error
    throw new Failure(`${service}-service is of a release that leaves dead letters to mgmt.`, {
      status: exit.failed,
      code: 'older_service',
      next: 'update the services, or use the mgmt of their release: mgmt doctor',
      cause: error,
    })
  }
}
