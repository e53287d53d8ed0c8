import { Command, Option } from 'commander'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import { movementFields, type Movement } from '../../client/shapes.ts'
import { spanQuery, withSpan, type SpanOptions } from '../../input/span.ts'
import type { Make } from '../../mgmt.ts'
import { renderMovements } from '../../render/movement.ts'
import { movementKinds } from '@docket/contract/terms.ts'

interface Options extends ListOptions, SpanOptions {
  kind?: string
  order?: string
}

export const movements: Make = ready =>
  withPaging(
    withSpan(
      new Command('movements')
        .description('List what changed the stock of an item, newest first')
        .argument('<sku>')
        .addOption(new Option('--kind <kind>', 'only these').choices(movementKinds))
        .option('--order <id>', 'only those of this order'),
      'made',
    ),
    50,
  )
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt items movements mug --since 1d
  $ mgmt items movements mug --kind adjusted -o jsonl
  $ mgmt items movements mug --all -o csv > movements.csv

They add up to the stock, but for those of orders that retention has deleted.`,
    )
    .action(async (sku: string, { kind, order, limit, all, ...span }: Options) => {
      const mgmt = await ready()
      const listing = {
        noun: 'movements',
        service: 'inventory',
        path: `/items/${encodeURIComponent(sku)}/movements`,
        query: { kind, order, ...spanQuery(span, mgmt.options) },
        columns: movementFields,
        render: renderMovements,
      } as const
      await printList<Movement>(mgmt, listing, { limit, all })
    })
