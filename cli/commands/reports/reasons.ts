import { Command } from 'commander'
import { reasonShape } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { withSpan, type SpanOptions } from '../../input/span.ts'
import { reasonsOver } from '../../orders/reports.ts'
import { renderReasons } from '../../render/report.ts'

export const about: About = {
  summary: 'Show why orders were rejected or cancelled',
  prints: [reasonShape],
  samples: [{ callers: 'observers' }],
}

export const command: Make = ready =>
  withSpan(
    new Command('reasons').description('Show why orders were rejected or cancelled, the most frequent reason first'),
    'orders created',
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ mgmt reports reasons --since 7d -o json\n\nWithout --since it is the last 30 days.',
    )
    .action(async (span: SpanOptions) => {
      const mgmt = await ready()
      await mgmt.print(await reasonsOver(mgmt, span), renderReasons, [
        'status',
        'reason',
        'currency',
        'orders',
        'total',
      ])
    })
