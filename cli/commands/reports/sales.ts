import { Command, Option } from 'commander'
import type { About, Make } from '../../command.ts'
import { withSpan, type SpanOptions } from '../../input/span.ts'
import { salesKeys, salesOver, type SalesKey } from '../../orders/reports.ts'
import type { SalesLine } from '../../orders/sales.ts'
import { renderSales } from '../../render/report.ts'
import { oneOf, type ShapeOf } from '../../shape.ts'

interface Options extends SpanOptions {
  by: SalesKey
}

const lineShape: ShapeOf<SalesLine> = {
  line: oneOf('sales', 'goodwill', 'total'),
  'key?': 'string',
  currency: 'string',
  'orders?': 'integer',
  'pieces?': 'integer',
  'gross?': 'integer',
  'cancelled?': 'integer',
  'returned?': 'integer',
  net: 'integer',
}

const columns = ['line', 'key', 'currency', 'orders', 'pieces', 'gross', 'cancelled', 'returned', 'net']

export const about: About = {
  summary: 'Add up what was sold',
  prints: [lineShape],
  samples: [{ callers: 'observers' }, { args: '--by sku', callers: 'observers' }],
}

export const command: Make = ready =>
  withSpan(
    new Command('sales')
      .description('Add up what was sold by day (UTC), item or customer: accepted orders, without cancels and returns')
      .addOption(new Option('--by <what>', 'what a line is for').choices(salesKeys).default('day')),
    'orders created',
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt reports sales --since 30d\n  $ mgmt reports sales --since 7d --by sku -o csv > sales.csv\n\nWithout --since it is the last 30 days. Goodwill has a line of its own. The total is what is kept of the payments; a note says so\nwhen it is not, as while orders are under way.',
    )
    .action(async ({ by, ...span }: Options) => {
      const mgmt = await ready()
      const { lines, notes } = await salesOver(mgmt, span, by)
      await mgmt.print(lines, renderSales(by), columns)
      for (const note of notes) mgmt.note(note)
    })
