import { Command, Option } from 'commander'
import { Failure } from '../../failure.ts'
import type { MoneyReport, Sales } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { formatMoney } from '@docket/contract/money.ts'
import { withSpan, type SpanOptions } from '../../input/span.ts'
import type { Mgmt } from '../../mgmt.ts'
import { differences, salesLines, type SalesLine } from '../../orders/sales.ts'
import { renderSales } from '../../render/report.ts'
import { oneOf, type ShapeOf } from '../../shape.ts'
import { pathOver } from './span.ts'

interface Options extends SpanOptions {
  by: 'day' | 'sku' | 'customer'
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
      .addOption(new Option('--by <what>', 'what a line is for').choices(['day', 'sku', 'customer']).default('day')),
    'orders created',
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt reports sales --since 30d\n  $ mgmt reports sales --since 7d --by sku -o csv > sales.csv\n\nWithout --since it is the last 30 days. Goodwill has a line of its own. The total is what is kept of the payments; a note says so\nwhen it is not, as while orders are under way.',
    )
    .action(async ({ by, ...span }: Options) => {
      const mgmt = await ready()
      const [{ items }, money] = await Promise.all([
        mgmt.api.get<Sales>('order', `${pathOver(mgmt, 'sales', span)}&by=${by}`),
        moneyOver(mgmt, span),
      ])
      const lines = salesLines(items, money)
      await mgmt.print(lines, renderSales(by), columns)
      for (const { currency, sold, kept } of money ? differences(lines, money) : [])
        mgmt.note(
          `${formatMoney(kept, currency)} ${currency} is kept of the payments, not ${formatMoney(sold, currency)}: orders are under way, or mgmt reconcile says more.`,
        )
    })

async function moneyOver(mgmt: Mgmt, span: SpanOptions): Promise<MoneyReport['items'] | undefined> {
  try {
    return (await mgmt.api.get<MoneyReport>('payment', pathOver(mgmt, 'money', span))).items
  } catch (error) {
    mgmt.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    mgmt.note(`goodwill and the total are missing: ${error.message}`)
    return undefined
  }
}
