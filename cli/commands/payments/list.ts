import { Command, Option } from 'commander'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import { paymentFields, paymentSummaryShape, type PaymentSummary } from '../../client/shapes.ts'
import { spanQuery, withSpan, type SpanOptions } from '../../input/span.ts'
import type { About, Make } from '../../command.ts'
import { renderPayments } from '../../render/payment.ts'
import { paymentStatuses } from '@docket/contract/terms.ts'

interface Options extends ListOptions, SpanOptions {
  status?: string
  stuck?: boolean
}

export const about: About = {
  summary: 'List payments',
  prints: [paymentSummaryShape],
  samples: [{ callers: 'observers' }],
}

export const command: Make = ready =>
  withPaging(
    withSpan(
      new Command('list')
        .description('List payments, those of the newest orders first; customers see their own with payments show')
        .addOption(new Option('--status <status>', 'only these').choices(paymentStatuses))
        .option('--stuck', 'only payments waiting for an operator'),
      'of orders created',
    ),
    50,
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt payments list --stuck\n  $ mgmt payments list --status failed --since 1h -o jsonl\n  $ mgmt payments list --all -o csv > payments.csv',
    )
    .action(async ({ status, stuck, limit, all, ...span }: Options) => {
      const mgmt = await ready()
      const query = { status, stuck: stuck ? 'true' : undefined, ...spanQuery(span, mgmt.options) }
      const listing = { noun: 'payments', service: 'payment', path: '/payments', columns: paymentFields } as const
      await printList<PaymentSummary>(mgmt, { ...listing, query, render: renderPayments }, { limit, all })
    })
