import { Command, Option } from 'commander'
import { returnKinds, returnStatuses } from '@docket/contract/terms.ts'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import { returnFields, returnShape, type Return } from '../../client/shapes.ts'
import { spanQuery, withSpan, type SpanOptions } from '../../input/span.ts'
import type { About, Make } from '../../command.ts'
import { pathOf } from '../../orders/selection.ts'
import { renderReturns } from '../../render/return.ts'

interface Options extends ListOptions, SpanOptions {
  order?: string
  status?: string
  kind?: string
}

export const about: About = {
  summary: 'List returns',
  prints: [returnShape],
  samples: [{ callers: 'observers' }, { args: '--order ORDER', callers: 'owners' }],
}

export const command: Make = ready =>
  withPaging(
    withSpan(
      new Command('list')
        .description(
          'List returns, those of the newest orders first; customers see those of their own orders with --order',
        )
        .option('--order <id>', "only this order's")
        .addOption(new Option('--status <status>', 'only these').choices(returnStatuses))
        .addOption(new Option('--kind <kind>', 'only these').choices(returnKinds)),
      'of orders created',
    ),
    50,
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt returns list --status requested\n  $ mgmt returns list --kind lost --since 7d -o csv',
    )
    .action(async ({ order, status, kind, limit, all, ...span }: Options) => {
      const mgmt = await ready()
      const path = order === undefined ? '/returns' : `${pathOf(order)}/returns`
      const query = { status, kind, ...spanQuery(span, mgmt.options) }
      const listing = { noun: 'returns', service: 'shipping', path, columns: returnFields } as const
      await printList<Return>(mgmt, { ...listing, query, render: renderReturns }, { limit, all })
    })
