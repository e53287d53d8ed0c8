import { Command } from 'commander'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import { shipmentFields, shipmentShape, type Shipment } from '../../client/shapes.ts'
import { spanQuery, withSpan, type SpanOptions } from '../../input/span.ts'
import type { About, Make } from '../../command.ts'
import { renderShipments } from '../../render/shipment.ts'

interface Options extends ListOptions, SpanOptions {
  order?: string
  carrier?: string
}

export const about: About = {
  summary: 'List shipments',
  prints: [shipmentShape],
  samples: [{ callers: 'observers' }],
}

export const command: Make = ready =>
  withPaging(
    withSpan(
      new Command('list')
        .description('List shipments, those of the newest orders first; customers see their own with shipments show')
        .option('--order <id>', "only this order's")
        .option('--carrier <name>', "only this carrier's (case-insensitive)"),
      'of orders created',
    ),
    50,
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt shipments list --since 1d\n  $ mgmt shipments list --carrier "Harbour Post" -o jsonl\n  $ mgmt shipments list --all -o csv > shipments.csv',
    )
    .action(async ({ order, carrier, limit, all, ...span }: Options) => {
      const mgmt = await ready()
      const query = { order, carrier, ...spanQuery(span, mgmt.options) }
      const listing = { noun: 'shipments', service: 'shipping', path: '/shipments', columns: shipmentFields } as const
      await printList<Shipment>(mgmt, { ...listing, query, render: renderShipments }, { limit, all })
    })
