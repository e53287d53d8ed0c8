import { Command, Option } from 'commander'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import { movementFields, type Movement } from '../../client/shapes.ts'
import { spanQuery, withSpan, type SpanOptions } from '../../input/span.ts'
import type { About, Make } from '../../command.ts'
import { renderMovements } from '../../render/movement.ts'
import { movementKinds } from '@docket/contract/terms.ts'
import { oneOf } from '../../shape.ts'

interface Options extends ListOptions, SpanOptions {
  kind?: string
  order?: string
  location?: string
}

export const about: About = {
  summary: 'List what changed the stock of an item',
  prints: [
    {
      id: 'integer',
      sku: 'string',
      kind: oneOf(...movementKinds),
      location: 'string',
      available: 'integer',
      reserved: 'integer',
      shipped: 'integer',
      scrapped: 'integer',
      lost: 'integer',
      moved: 'integer',
      'orderId?': 'string',
      'ref?': 'string',
      'reason?': 'string',
      at: 'string',
    },
  ],
  samples: [{ args: 'SKU', callers: 'observers' }],
}

export const command: Make = ready =>
  withPaging(
    withSpan(
      new Command('movements')
        .description('List what changed the stock of an item, newest first')
        .argument('<sku>')
        .addOption(new Option('--kind <kind>', 'only these').choices(movementKinds))
        .option('--order <id>', 'only those of this order')
        .option('--location <location>', 'only those at this location'),
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
  $ mgmt items movements mug --kind returned --location main
  $ mgmt items movements mug --all -o csv > movements.csv

They add up to the stock, except for orders that retention has deleted.`,
    )
    .action(async (sku: string, { kind, order, location, limit, all, ...span }: Options) => {
      const mgmt = await ready()
      const listing = {
        noun: 'movements',
        service: 'inventory',
        path: `/items/${encodeURIComponent(sku)}/movements`,
        query: { kind, order, location, ...spanQuery(span, mgmt.options) },
        columns: movementFields,
        render: renderMovements,
      } as const
      await printList<Movement>(mgmt, listing, { limit, all })
    })
