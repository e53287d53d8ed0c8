import { setTimeout as pause } from 'node:timers/promises'
import { header } from '@docket/kafka/record-codec.ts'
import {
  differences,
  isSeen,
  sendInTurn,
  someOf,
  startAgain,
  storiesOf,
  Stuck,
  tell,
  untilAtWork,
  untilConsumed,
  untilQuietOr,
  type Lab,
} from './lab.ts'
import { inWords, letterFaults, markOf, publishedFaults, sequenceFaults } from './observed.ts'
import { ofALaterType, poisons, withLaterFields } from './poison.ts'
import { NotServing } from './process.ts'
import { comparableStories, markHeader, pairs, soloStories, type Told } from './stories.ts'

export interface Judged {
  did: string
  seen: string
  wrong: readonly string[]
}

export interface Check {
  name: string
  expected: string
  remedy: string
  isVoid?(lab: Lab): string | undefined
  /** It compares what was published: nothing can be seen of a service that publishes nothing. */
  comparesOutcomes?: true
  run(lab: Lab): Promise<Judged>
}

const consumesNothing = ({ subject }: Lab) => (subject.handles.length === 0 ? 'it consumes nothing' : undefined)
const readsNothing = ({ subject }: Lab) => (subject.reads.length === 0 ? 'it consumes nothing' : undefined)
const publishesNothing = ({ subject }: Lab) => (subject.publishes.length === 0 ? 'it publishes nothing' : undefined)

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`

const cameOut = (lab: Lab, text: string) =>
  isSeen(lab) || lab.subject.handles.length === 0 ? text : 'consumed; what it made of them cannot be seen'

const start: Check = {
  name: 'start',
  expected:
    '/livez and /readyz answer 200 at PORT: the first as soon as it listens, the second once it reads its topics',
  remedy: 'listen at PORT before you wait for anything; answer /readyz with 503 until Kafka and the database are there',
  async run({ service }) {
    const { liveMs, readyMs } = await service.start()
    return { did: 'started it', seen: `alive after ${seconds(liveMs)}, ready after ${seconds(readyMs)}`, wrong: [] }
  },
}

const consume: Check = {
  name: 'consume',
  expected: 'every event is consumed from the first record on, and its offset committed to the group',
  remedy:
    'join the group that is named like the service, begin with the earliest record, and commit when the work is done',
  isVoid: consumesNothing,
  async run(lab) {
    const told = tell(lab, [...soloStories(lab.subject), ...pairs(lab.subject).flat()])
    const beganMs = performance.now()
    await sendInTurn(lab, told)
    const tookMs = performance.now() - beganMs
    await lab.wire.untilQuiet(lab.pace.learnMs)
    for (const { story, key } of told) lab.calm.set(story.name, lab.observed.outcome(key))
    for (const letter of lab.observed.letters) lab.deadLettered.add(header(letter, 'ce_type') ?? '')
    const answered = soloStories(lab.subject).filter(({ name }) => (lab.calm.get(name)?.length ?? 0) > 0)
    return {
      did: `sent ${count(told.flatMap(({ records }) => records).length, 'event')} of ${count(lab.subject.handles.length, 'type')}`,
      seen: `consumed in ${seconds(tookMs)}${answered.map(({ name }) => `; ${name} gives ${inWords(lab.calm.get(name) ?? [])}`).join('')}`,
      wrong: [],
    }
  },
}

const reordering: Check = {
  name: 'reordering',
  expected: 'events of two topics come to the same in either order',
  remedy:
    'keep a mark of what comes too early (a tombstone), and look for it when the other comes; an event that undoes another says so in its schema, x-undoes',
  comparesOutcomes: true,
  isVoid: lab =>
    consumesNothing(lab) ?? (pairs(lab.subject).length === 0 ? 'what it consumes is of one topic' : undefined),
  async run({ subject, calm }) {
    const all = pairs(subject)
    const wrong = all.flatMap(([one, other]) => {
      const [first, second] = [one, other].map(({ name }) => inWords(calm.get(name) ?? []))
      return first === second ? [] : [`${one.name} gives ${first}; ${other.name} gives ${second}`]
    })
    return { did: `sent ${count(all.length, 'pair')} of types in both orders`, seen: 'the same each way', wrong }
  },
}

const duplicates: Check = {
  name: 'duplicates',
  expected: 'an event that comes again changes nothing',
  remedy:
    'claim what the event is about, or its ce_id, by a unique key, in the transaction of what it does; do nothing when that is taken',
  comparesOutcomes: true,
  isVoid: consumesNothing,
  async run(lab) {
    const told = tell(
      lab,
      [1, 2, 3].flatMap(() => storiesOf(lab)),
    )
    const records = told.flatMap(one => one.records)
    await sendInTurn(lab, told, record => [record, lab.teller.again(record)])
    await lab.wire.send(records.map(lab.teller.again))
    await untilConsumed(lab)
    return {
      did: `sent ${count(records.length, 'event')} three times each`,
      seen: cameOut(lab, 'as if they had come once'),
      wrong: await differences(lab, told),
    }
  },
}

/** Letters of some records, except of types that the service dead-letters anyway, as it knows nothing of their keys. */
function lettersOf(lab: Lab, marks: ReadonlySet<string>): string[] {
  return lab.observed.letters
    .filter(letter => marks.has(header(letter, markHeader) ?? ''))
    .filter(letter => !lab.deadLettered.has(header(letter, 'ce_type') ?? ''))
    .map(letter => `${header(letter, 'ce_type')} was dead-lettered: ${header(letter, 'dlq_error')}`)
}

const unknownTypes: Check = {
  name: 'unknown types',
  expected: 'a well-formed event of a type that it does not know is passed over: no dead letter, no failure',
  remedy: 'decide by the header ce_type, before you look at the value; a later release brings new types first',
  isVoid: readsNothing,
  async run(lab) {
    const told = tell(lab, comparableStories(lab.subject))
    const topics = new Set(told.flatMap(({ story }) => story.steps.map(({ topic }) => topic)))
    const elsewhere = lab.subject.reads
      .filter(topic => !topics.has(topic))
      .flatMap(topic => lab.typesOf(topic).slice(0, 1))
      .map(step => lab.teller.tell({ name: step.type, steps: [step] }))
    const later = [...told, ...elsewhere].flatMap(one => ofALaterType(lab.teller, one))
    await lab.wire.send([...later, ...told.flatMap(({ records }) => records)])
    await untilConsumed(lab)
    const wrong = await differences(lab, told)
    return {
      did: `sent ${count(later.length, 'event')} of new types, each before one that it knows`,
      seen: cameOut(lab, 'all as without that'),
      wrong: [...wrong, ...lettersOf(lab, new Set(later.map(markOf)))],
    }
  },
}

const unknownFields: Check = {
  name: 'unknown fields',
  expected: 'fields and headers that it does not know are ignored',
  remedy: 'do not refuse what the schema does not name; look only at the fields that you need',
  isVoid: consumesNothing,
  async run(lab) {
    const told = tell(lab, comparableStories(lab.subject)).map(withLaterFields)
    const records = told.flatMap(one => one.records)
    await sendInTurn(lab, told)
    const wrong = await differences(lab, told)
    return {
      did: `sent ${count(records.length, 'event')} with fields and headers of a later release`,
      seen: cameOut(lab, 'all as without that'),
      wrong: [...wrong, ...lettersOf(lab, new Set(records.map(markOf)))],
    }
  },
}

async function sendPoison(lab: Lab): Promise<Told[]> {
  const healthy = comparableStories(lab.subject)
  const behind: Told[] = []
  for (const one of poisons(lab.subject, lab.teller, lab.typesOf)) {
    const story = healthy.find(({ steps: [step] }) => step?.topic === one.record.topic)
    const [canary] = story && one.record.key !== null ? tell(lab, [story]) : []
    lab.poisons.push(canary ? { ...one, record: { ...one.record, key: canary.key } } : one)
    behind.push(...(canary ? [canary] : []))
  }
  await lab.wire.send([...lab.poisons.map(({ record }) => record), ...behind.flatMap(({ records }) => records)])
  await untilConsumed(lab)
  return behind
}

const poison: Check = {
  name: 'poison',
  expected: 'a record that nobody can handle stops nothing behind it, and the service stays ready',
  remedy:
    'tell what is transient (retry) from what is wrong with the record: that one is dead-lettered or kept, and its offset committed',
  isVoid: readsNothing,
  async run(lab) {
    const behind = await sendPoison(lab)
    const wrong = await differences(lab, behind)
    const isReady = await lab.service.isReady()
    return {
      did: `sent ${count(lab.poisons.length, 'broken record')} (${[...new Set(lab.poisons.map(({ kind }) => kind))].join(', ')})`,
      seen: cameOut(lab, `consumed; the ${count(behind.length, 'event')} behind them as without that`),
      wrong: [...wrong, ...(isReady ? [] : ['/readyz does not answer 200 any more'])],
    }
  },
}

function wrongLetters({ poisons, observed, subject }: Lab): string[] {
  const lettered = new Set(observed.letters.map(letter => header(letter, markHeader)))
  return poisons.flatMap(({ kind, record, isDeadLettered }) => {
    if (lettered.has(markOf(record)) === isDeadLettered) return []
    const why = subject.observes ? 'it only observes' : 'the dead-letter owner of the topic does that'
    return [
      isDeadLettered
        ? `no dead letter in ${record.topic}.dlq for: ${kind}`
        : `a dead letter in ${record.topic}.dlq for: ${kind}; ${why}`,
    ]
  })
}

const deadLetters: Check = {
  name: 'dead letters',
  expected:
    'what cannot be handled is in <topic>.dlq as it was, with dlq_reason, dlq_error, dlq_topic, dlq_partition, dlq_offset, dlq_group and dlq_time',
  remedy:
    'send key, value and all headers as they came, add the seven, wait for the acknowledgement, and only then commit the offset',
  isVoid: readsNothing,
  async run(lab) {
    if (lab.poisons.length === 0) await sendPoison(lab)
    await untilQuietOr(lab, () => wrongLetters(lab).length === 0)
    const { letters, originOf } = lab.observed
    const wrong = letters.flatMap(letter =>
      letterFaults(letter, originOf(header(letter, markHeader)), lab.subject.group).map(
        sentence => `${letter.topic}, offset ${letter.offset}: ${sentence}`,
      ),
    )
    return {
      did: `looked for those of ${count(lab.poisons.length, 'broken record')}`,
      seen: lab.subject.observes ? 'none, as it only observes' : `${count(letters.length, 'letter')}, each complete`,
      wrong: [...wrongLetters(lab), ...wrong],
    }
  },
}

const sigterm: Check = {
  name: 'SIGTERM',
  expected: 'it ends within 20 s with status 0, and goes on after the next start without a loss',
  remedy: 'on SIGTERM stop reading, finish what you are at, commit, leave the group, and exit with 0',
  async run(lab) {
    const told = tell(lab, Array.from({ length: 5 }, () => comparableStories(lab.subject)).flat())
    await lab.wire.send(told.flatMap(({ records }) => records))
    const { ms, code, signal, isForced } = await lab.service.end('SIGTERM', lab.pace.endMs)
    if (code !== 0) await lab.wire.expel()
    await startAgain(lab)
    await untilConsumed(lab)
    return {
      did: `sent SIGTERM${told.length > 0 ? ` behind ${count(told.length, 'event')}` : ''}, and started it again`,
      seen: `ended after ${seconds(ms)} with status ${code}; ${cameOut(lab, 'nothing lost')}`,
      wrong: [
        ...(isForced ? [`it did not end within ${seconds(lab.pace.endMs)}`] : []),
        ...(signal !== null && !isForced ? [`${signal} ended it: it does not handle the signal`] : []),
        ...(code !== 0 && signal === null ? [`it ended with status ${code}`] : []),
        ...(await differences(lab, told)),
      ],
    }
  },
}

async function withEventsFlowing(lab: Lab, work: () => Promise<void>): Promise<Told[]> {
  const { random, teller, wire } = lab
  const stories = storiesOf(lab)
  const told: Told[] = []
  let isOver = stories.length === 0
  const flow = (async () => {
    while (!isOver) {
      const some = tell(
        lab,
        Array.from({ length: 5 }, () => random.of(stories)),
      )
      told.push(...some)
      for (const step of [0, 1]) {
        const records = some.flatMap(({ records: [...all] }) => all.slice(step, step + 1))
        const twice = records.filter(() => random.next() < 0.2).map(teller.again)
        if (records.length > 0) await wire.send([...records, ...twice])
      }
      await pause(random.between(50, 250))
    }
  })()
  try {
    await work()
  } finally {
    isOver = true
    await flow
  }
  return told
}

const afterKillsMs = 25_000 // for what comes then; on a slow machine it is killed less often

const kill: Check = {
  name: 'kill -9',
  expected: 'whenever it is killed, every event has its effect, once',
  remedy:
    'commit offsets after the work, never before; the work, the claim and the events that it publishes are one transaction (an outbox), and what is in the outbox is sent after a start',
  comparesOutcomes: true,
  async run(lab) {
    const { random, pace, service, wire } = lab
    const readyMs: number[] = []
    const told = await withEventsFlowing(lab, async () => {
      for (let n = 0; n < pace.kills && (n === 0 || performance.now() < lab.deadlineMs - afterKillsMs); n++) {
        await untilAtWork(lab)
        await pause(random.between(0, 500))
        await service.end('SIGKILL')
        await wire.expel()
        readyMs.push((await startAgain(lab)).readyMs)
      }
    })
    await untilConsumed(lab, 2)
    return {
      did: `killed it ${count(readyMs.length, 'time')} at random moments${told.length > 0 ? ` while ${count(told.length, 'story', 'stories')} went by` : ''}`,
      seen: `ready again after ${seconds(Math.max(0, ...readyMs))} at the most; ${cameOut(lab, 'nothing lost, nothing twice')}`,
      wrong: await differences(lab, told, 2), // what it was at when it was killed may be leased for a while
    }
  },
}

const redelivery: Check = {
  name: 'redelivery',
  expected: 'all that it has consumed comes again after a start, and changes nothing',
  remedy: 'keep the claims in the database, not in memory, for as long as the topics keep their records: 30 days',
  comparesOutcomes: true,
  isVoid: consumesNothing,
  async run(lab) {
    const before = lab.told.map(({ story, key }) => ({ story, key, outcome: inWords(lab.observed.outcome(key)) }))
    await lab.service.end('SIGTERM', lab.pace.endMs)
    await lab.wire.expel() // it may not have left
    await lab.wire.rewind()
    await startAgain(lab)
    const told = tell(lab, comparableStories(lab.subject)) // a service that keeps its position itself reads only these
    await sendInTurn(lab, told)
    const wrong = await differences(lab, told)
    return {
      did: `set its group back to the first record: ${count(before.length, 'story', 'stories')} again`,
      seen: cameOut(lab, 'nothing more came of them'),
      wrong: [
        ...wrong,
        ...before.flatMap(({ story, key, outcome }) => {
          const now = inWords(lab.observed.outcome(key))
          return now === outcome ? [] : [`${story.name} about ${key}: ${outcome} has become ${now}`]
        }),
      ],
    }
  },
}

const health: Check = {
  name: 'health',
  expected: '/livez answers 200 for as long as the process runs, and it does not end by itself',
  remedy: '/livez says that the process runs and nothing else; what it waits for is the business of /readyz',
  async run({ service }) {
    const { looks, troubles } = service.health()
    const crash = service.crash()
    return {
      did: `asked ${count(looks, 'time')} meanwhile`,
      seen: 'alive each time',
      wrong: [...troubles, ...(crash === undefined ? [] : [crash])],
    }
  },
}

const published: Check = {
  name: 'published',
  expected:
    'every record in its topics is an event as events/ says, in the partition of its key, and in no other topic',
  remedy:
    'events/README.md lists the headers, the schemas say the rest; partition by murmur2 (librdkafka: partitioner=murmur2_random)',
  isVoid: publishesNothing,
  async run({ observed, subject }) {
    const topics = subject.publishes.map(({ topic }) => topic).join(', ')
    return {
      did: `read ${topics}`,
      seen: `${count(observed.published.length, 'record')}, each as the contract says`,
      wrong: [
        ...publishedFaults(observed.published, subject.publishes),
        ...observed.foreign.map(({ topic, offset }) => `it wrote to ${topic} (offset ${offset}), which is not its own`),
      ],
    }
  },
}

const sequence: Check = {
  name: 'sequence',
  expected: 'ce_sequence is 1 for the first event of a key in a topic, and rises with each',
  remedy:
    'count up in the transaction of the change; send what has one key in that order, one request at a time for each partition',
  isVoid: publishesNothing,
  async run({ observed }) {
    const perKey = [...Map.groupBy(observed.published, ({ key }) => key).values()].map(
      some => new Set(some.map(({ id }) => id)).size,
    )
    return {
      did: `compared the events of ${count(perKey.length, 'key')}`,
      seen: `in order; ${count(Math.max(0, ...perKey), 'event')} of a key at the most`,
      wrong: sequenceFaults(observed.published),
    }
  },
}

/** In the order in which they run: each needs what those before it have shown. */
export const checks: readonly Check[] = [
  start,
  consume,
  reordering,
  duplicates,
  unknownTypes,
  unknownFields,
  poison,
  deadLetters,
  sigterm,
  kill,
  redelivery,
  health,
  published,
  sequence,
]

/** Without these nothing can be checked. */
const alwaysRun: readonly Check[] = [start, consume]

export interface Finding {
  check: string
  /**
   * `partly`: it was done, but nothing of what the service made of it can be seen from outside. `void`: it means nothing
   * for this service. `not reached`: something before it went wrong.
   */
  verdict: 'ok' | 'wrong' | 'partly' | 'void' | 'not reached'
  did: string
  seen: string
  expected: string
  remedy: string
}

export const isConforming = (findings: readonly Finding[]) =>
  findings.every(({ verdict }) => verdict !== 'wrong' && verdict !== 'not reached')

export async function runChecks(
  lab: Lab,
  chosen: readonly Check[],
  onFinding: (finding: Finding) => void,
): Promise<Finding[]> {
  const findings: Finding[] = []
  let obstacle: string | undefined
  for (const check of checks.filter(one => chosen.includes(one) || alwaysRun.includes(one))) {
    if (performance.now() > lab.deadlineMs) obstacle ??= `the ${seconds(lab.pace.budgetMs)} of a run are over`
    const finding = obstacle === undefined ? await found(lab, check) : notMade(check, 'not reached', obstacle)
    if (finding.isStuck) obstacle = `${check.name} has failed`
    const { isStuck: _, ...rest } = finding
    findings.push(rest)
    onFinding(rest)
  }
  return findings
}

const notMade = (
  { name: check, expected, remedy }: Check,
  verdict: Finding['verdict'],
  why: string,
): Finding & { isStuck: boolean } => ({
  check,
  verdict,
  did: '',
  seen: why,
  expected,
  remedy,
  isStuck: false,
})

async function found(lab: Lab, check: Check): Promise<Finding & { isStuck: boolean }> {
  const { name, expected, remedy } = check
  const why = check.isVoid?.(lab)
  if (why !== undefined) return notMade(check, 'void', why)
  try {
    const { did, seen, wrong } = await check.run(lab)
    const isBlind = check.comparesOutcomes === true && lab.subject.handles.length > 0 && !isSeen(lab)
    return {
      check: name,
      verdict: wrong.length > 0 ? 'wrong' : isBlind ? 'partly' : 'ok',
      did,
      seen: wrong.length > 0 ? someOf(wrong) : seen,
      expected,
      remedy,
      isStuck: false,
    }
  } catch (error) {
    if (!(error instanceof Stuck || error instanceof NotServing)) throw error
    return { check: name, verdict: 'wrong', did: '', seen: error.message, expected, remedy, isStuck: true }
  }
}
