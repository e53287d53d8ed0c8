import { setTimeout as pause } from 'node:timers/promises'
import type { OutgoingRecord } from '@docket/kafka/record-codec.ts'
import type { Random } from '../chaos/random.ts'
import { inWords, type Observed } from './observed.ts'
import type { Poison } from './poison.ts'
import { NotServing, type ServiceProcess } from './process.ts'
import { comparableStories, pairs, type Story, type Storyteller, type Told } from './stories.ts'
import type { HandledType, Subject } from './subject.ts'
import type { Wire } from './wire.ts'

export interface Pace {
  readyMs: number
  patienceMs: number
  /** Without a record for so long, nothing more comes. */
  quietMs: number
  learnMs: number
  endMs: number
  kills: number
  budgetMs: number
}

export const usualPace: Pace = {
  readyMs: 30_000,
  patienceMs: 15_000,
  quietMs: 1_000,
  learnMs: 2_500,
  endMs: 20_000,
  kills: 3,
  budgetMs: 85_000,
}

export interface Lab {
  subject: Subject
  service: ServiceProcess
  wire: Wire
  observed: Observed
  teller: Storyteller
  random: Random
  pace: Pace
  deadlineMs: number
  signal: AbortSignal
  typesOf(topic: string): readonly HandledType[]
  calm: Map<string, readonly string[]>
  deadLettered: Set<string>
  told: Told[]
  poisons: Poison[]
}

/** It does not get on: nothing after this can be judged. */
export class Stuck extends Error {}

const patienceOf = ({ pace, deadlineMs }: Lab) => Math.min(pace.patienceMs, deadlineMs - performance.now())

export const storiesOf = ({ subject }: Lab): Story[] => [
  ...comparableStories(subject),
  ...pairs(subject).map(([story]) => story),
]

export const isSeen = ({ calm }: Lab) => [...calm.values()].some(outcome => outcome.length > 0)

export function tell(lab: Lab, stories: readonly Story[]): Told[] {
  const told = stories.map(lab.teller.tell)
  for (const { key } of told) lab.observed.watch(key)
  lab.told.push(...told)
  return told
}

export async function sendInTurn(
  lab: Lab,
  told: readonly Told[],
  asSent: (record: OutgoingRecord) => OutgoingRecord[] = record => [record],
): Promise<void> {
  const longest = Math.max(0, ...told.map(({ records }) => records.length))
  for (let step = 0; step < longest; step++) {
    await lab.wire.send(told.flatMap(({ records }) => records.slice(step, step + 1).flatMap(asSent)))
    await untilConsumed(lab)
  }
}

export async function untilConsumed(lab: Lab, times = 1): Promise<void> {
  const { wire, service, signal } = lab
  const patienceMs = times * patienceOf(lab)
  for (const untilMs = performance.now() + patienceMs; ; await pause(50)) {
    signal.throwIfAborted()
    const waiting = await wire.waiting()
    if (waiting.length === 0) return
    const crash = service.crash()
    if (crash !== undefined) throw new Stuck(crash)
    if (performance.now() > untilMs)
      throw new Stuck(
        `after ${(patienceMs / 1_000).toFixed(0)} s group ${lab.subject.group} has not committed all that was sent: ${someOf(waiting)}`,
      )
  }
}

/** Waits until the group has committed something more: a process that has only just started is at nothing yet. */
export async function untilAtWork(lab: Lab): Promise<void> {
  if (lab.subject.handles.length === 0) return
  const before = await lab.wire.committed()
  for (const untilMs = performance.now() + patienceOf(lab); performance.now() < untilMs; await pause(20)) {
    lab.signal.throwIfAborted()
    if ((await lab.wire.committed()) > before) return
  }
}

export async function untilQuietOr(lab: Lab, isComplete: () => boolean, times = 1): Promise<void> {
  for (const untilMs = performance.now() + times * patienceOf(lab); !isComplete() && performance.now() < untilMs;) {
    lab.signal.throwIfAborted()
    await pause(50)
  }
  await lab.wire.untilQuiet(lab.pace.quietMs)
}

/** What came out otherwise than without the disturbance, a sentence each. Waits some times as long as usual. */
export async function differences(lab: Lab, told: readonly Told[], times = 1): Promise<string[]> {
  const wrong = () =>
    told.flatMap(({ story, key }) => {
      const [seen, expected] = [inWords(lab.observed.outcome(key)), inWords(lab.calm.get(story.name) ?? [])]
      return seen === expected ? [] : [`${story.name} about ${key} gave ${seen}, not ${expected}`]
    })
  await untilQuietOr(lab, () => wrong().length === 0, times)
  return wrong()
}

export async function startAgain(lab: Lab): Promise<{ readyMs: number }> {
  lab.signal.throwIfAborted()
  try {
    return await lab.service.start()
  } catch (error) {
    if (error instanceof NotServing) throw new Stuck(`started again: ${error.message}`, { cause: error })
    throw error
  }
}

const shown = 3

export const someOf = (list: readonly string[]) =>
  [...list.slice(0, shown), ...(list.length > shown ? [`and ${list.length - shown} more`] : [])].join('; ')
