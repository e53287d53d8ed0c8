import { Command } from 'commander'
import { parseTime } from '../../durations.ts'
import { exit, Failure, usage } from '../../failure.ts'
import type { Make, Mgmt } from '../../mgmt.ts'
import { wholeNumber } from '../../numbers.ts'
import { renderEvent, toShownEvent, type ShownEvent } from '../../render/event.ts'

interface Options {
  topic?: string[]
  order?: string
  type?: string[]
  fromBeginning?: boolean
  since?: string
  until?: string
  tail?: number
  n?: number
  follow: boolean
}

const collect = (value: string, before: string[] = []) => [...before, value]

function tailCommand(name: string, description: string): (...given: Parameters<Make>) => Command {
  return ready => new Command(name)
    .description(description)
    .option('--topic <topic>', 'only this topic, also one that is not shown by default (such as order-events.dlq); may be given again', collect)
    .option('--order <id>', 'only about this order')
    .option('--type <type>', 'only events of this type, such as order.completed; may be given again', collect)
    .option('--from-beginning', 'begin with the first event there is')
    .option('--since <time>', 'begin then: 2026-01-31T12:00:00Z, or 5m for five minutes ago')
    .option('--tail <n>', 'begin with the last so many events', wholeNumber('--tail', 0, 1_000_000))
    .option('--until <time>', 'end there')
    .option('-n <n>', 'end after so many events', wholeNumber('-n', 1, 1_000_000_000))
    .option('--no-follow', 'end with what is there now')
    .addHelpText('after', `\nExamples:\n  $ mgmt ${name === 'tail' ? 'events tail' : name}\n  $ mgmt events tail --since 5m --no-follow -o jsonl\n  $ mgmt events tail --order 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 --from-beginning\n\nIt only looks: it joins no consumer group and commits nothing.`)
    .action(async (options: Options) => show(await ready(), options))
}

export const tailEvents: Make = tailCommand('tail', 'Watch every event of the system go by, newest last')
export const oversee: Make = tailCommand('oversee', 'Watch every event of the system go by: the same as events tail')

function beginning({ fromBeginning, since, tail, follow, until }: Options) {
  if ([fromBeginning, since, tail].filter(one => one !== undefined).length > 1) throw usage('Give one of --from-beginning, --since and --tail.')
  if (since !== undefined) return parseTime(since, new Date())
  if (tail !== undefined) return { last: tail }
  return fromBeginning || !follow || until !== undefined ? 'beginning' : 'now'
}

async function show(mgmt: Mgmt, options: Options): Promise<void> {
  const from = beginning(options)
  const until = options.until === undefined ? undefined : parseTime(options.until, new Date())
  const wanted = filterOf(options)
  const ending = new AbortController()
  const { tail } = await import('@docket/kafka/tail.ts')
  let shown = 0
  // with a filter, the last N that match are wanted, not those that match among the last N
  const lastMatching = typeof from === 'object' && 'last' in from && (options.order !== undefined || options.type !== undefined) ? from.last : undefined
  const kept: ShownEvent[] = []
  const print = async (event: ShownEvent) => {
    if (ending.signal.aborted) return
    await mgmt.printLine(event, renderEvent)
    if (++shown === options.n) ending.abort()
  }
  const flush = async () => {
    for (const event of kept.splice(0).slice(-(lastMatching ?? 0))) await print(event)
  }
  let caughtUp = false
  try {
    await tail({
      kafka: { brokers: mgmt.context.kafkaBrokers.split(','), clientId: 'mgmt' }, topics: options.topic, from: lastMatching === undefined ? from : 'beginning',
      follow: options.follow && until === undefined, signal: AbortSignal.any([mgmt.signal, ending.signal]),
      async onRecord(record) {
        const event = toShownEvent(record)
        if (!wanted(event) || (until && Date.parse(event.time) >= until.getTime())) return
        if (lastMatching !== undefined && !caughtUp) return void kept.push(event)
        await flush()
        await print(event)
      },
      onState(state) {
        if (state.state === 'ready') mgmt.note(look => look.colour.dim(`${mgmt.context.name}, ${mgmt.context.kafkaBrokers}: ${state.topics.length} topics`))
        if (state.state === 'reconnecting') mgmt.note(`reconnecting: ${state.reason}`)
        if (state.state === 'caught-up') caughtUp = true
      },
    })
  } catch (error) {
    if (ending.signal.aborted) return
    mgmt.signal.throwIfAborted()
    throw new Failure(error instanceof Error ? error.message : String(error), { status: exit.unreachable, code: 'kafka_unreachable', next: 'see what runs with: mgmt status', cause: error })
  }
  await flush()
}

function filterOf({ order, type }: Options): (event: ShownEvent) => boolean {
  const types = type && new Set(type)
  return event => (order === undefined || event.key === order) && (types === undefined || (event.type !== null && types.has(event.type)))
}
