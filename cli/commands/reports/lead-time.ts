import { Command } from 'commander'
import { leadTimeShape } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { withSpan, type SpanOptions } from '../../input/span.ts'
import { leadTimesOver } from '../../orders/reports.ts'
import { renderLeadTimes } from '../../render/report.ts'

export const about: About = {
  summary: 'Show how long orders take',
  prints: [leadTimeShape],
  samples: [{ callers: 'observers' }],
}

export const command: Make = ready =>
  withSpan(
    new Command('lead-time').description(
      'Show how long orders took from their creation to each step: the median, the slowest 5 % and the longest',
    ),
    'orders created',
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ mgmt reports lead-time --since 7d\n\nWithout --since it is the last 30 days.',
    )
    .action(async (span: SpanOptions) => {
      const mgmt = await ready()
      await mgmt.print(await leadTimesOver(mgmt, span), renderLeadTimes, ['step', 'orders', 'p50', 'p95', 'longest'])
    })
