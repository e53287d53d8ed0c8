import { Command } from 'commander'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import { parseDuration } from '../input/durations.ts'
import { exit } from '../failure.ts'
import { isWell, statusOf } from '../system/system-state.ts'
import { statusFields, type Status } from '../system/status.ts'
import { liveLines } from '../render/live.ts'
import { moment, shortClock } from '../render/times.ts'
import type { About, Make } from '../command.ts'
import type { Mgmt } from '../mgmt.ts'
import { renderStatus } from '../render/status.ts'
import { either, mapOf, oneOf, type ShapeOf } from '../shape.ts'

const statusShape: ShapeOf<Status> = {
  context: 'string',
  at: 'string',
  services: [
    either(
      {
        service: 'string',
        url: 'string',
        status: oneOf('ready', 'not_ready'),
        'version?': 'string',
        'uptimeSeconds?': 'number',
        'checks?': mapOf({ ok: 'boolean', 'detail?': 'string' }),
        'outbox?': {
          rows: 'integer',
          oldestSeconds: 'number',
          'mode?': oneOf('relay', 'debezium'),
          'modes?': [oneOf('relay', 'debezium')],
        },
        skewMs: 'number',
      },
      { service: 'string', url: 'string', status: oneOf('away'), detail: 'string' },
    ),
  ],
  kafka: either(
    {
      ok: oneOf(true),
      brokers: 'string',
      topics: 'integer',
      lag: [{ group: 'string', lag: 'integer' }],
      deadLetters: [{ topic: 'string', waiting: 'integer' }],
    },
    { ok: oneOf(false), brokers: 'string', detail: 'string' },
  ),
  orders: {
    'perMinute?': { created: 'integer', completed: 'integer', rejected: 'integer', cancelled: 'integer' },
    'stuck?': 'integer',
  },
}

export const about: About = {
  summary: 'Show every service, server and queue on one screen',
  prints: either(statusShape, [statusShape]),
  samples: [{ needs: 'kafka', callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('status')
    .description('Show services, databases, Kafka, queues and the progress of orders on one screen')
    .option('-w, --watch', 'refresh the screen until Ctrl-C')
    .option('--interval <duration>', 'time between updates', parseDuration, 2_000)
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt status
  $ mgmt status --watch
  $ mgmt status -o json | jq '.services[] | select(.status != "ready")'

Exit status: 0 all is well, 5 something is unavailable.`,
    )
    .action(async ({ watch, interval }: { watch?: boolean; interval: number }) => {
      const mgmt = await ready()
      if (watch) return again(mgmt, interval)
      const found = await statusOf(mgmt)
      await mgmt.print(found, renderStatus)
      if (!isWell(found)) mgmt.exitWith(exit.unreachable)
    })

async function again(mgmt: Mgmt, intervalMs: number): Promise<void> {
  const live = liveLines(process.stdout, mgmt.options.output === 'table' && process.stdout.isTTY)
  mgmt.openLines(statusFields)
  for (; ; await pauseUnlessAborted(intervalMs, mgmt.signal)) {
    mgmt.signal.throwIfAborted()
    const found = await statusOf(mgmt)
    if (live.isOn)
      mgmt.draw(
        live,
        found,
        (one, look) =>
          `${renderStatus(one, look)}\n\n${look.colour.dim(`${one.context}, ${shortClock(one.at, look)}; Ctrl-C ends it`)}`,
      )
    else await mgmt.printLine(found, (one, look) => `${moment(one.at, look)}\n${renderStatus(one, look)}\n`)
  }
}
