import { Command, Option } from 'commander'
import { refundStatuses } from '@docket/contract/terms.ts'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import { refundFields, refundShape, type Refund } from '../../client/shapes.ts'
import { spanQuery, withSpan, type SpanOptions } from '../../input/span.ts'
import type { About, Make } from '../../command.ts'
import { renderRefunds } from '../../render/refund.ts'

interface Options extends ListOptions, SpanOptions {
  order?: string
  status?: string
}

export const about: About = {
  summary: 'List refunds',
  prints: [refundShape],
  samples: [{ callers: 'observers' }, { args: '--order ORDER', callers: 'owners' }],
}

export const command: Make = ready =>
  withPaging(
    withSpan(
      new Command('list')
        .description('List refunds, the newest first; customers see those of their own orders with --order')
        .option('--order <id>', "only this order's")
        .addOption(
          new Option('--status <status>', 'only these; failed ones wait for an operator').choices(refundStatuses),
        ),
      'decided',
    ),
    50,
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt refunds list --status failed\n  $ mgmt refunds list --order 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23\n  $ mgmt refunds list --since 1d --all -o csv > refunds.csv',
    )
    .action(async ({ order, status, limit, all, ...span }: Options) => {
      const mgmt = await ready()
      const path = order === undefined ? '/refunds' : (`/orders/${encodeURIComponent(order)}/refunds` as const)
      const query = { status, ...spanQuery(span, mgmt.options) }
      const listing = { noun: 'refunds', service: 'payment', path, columns: refundFields } as const
      await printList<Refund>(mgmt, { ...listing, query, render: renderRefunds }, { limit, all })
    })
