import { Command, Option } from 'commander'
import { shipmentStatuses } from '@docket/contract/terms.ts'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import { shipmentFields, shipmentShape, type Shipment } from '../../client/shapes.ts'
import { spanQuery, withSpan, type SpanOptions } from '../../input/span.ts'
import type { About, Make } from '../../command.ts'
import { pathOf } from '../../orders/selection.ts'
import { renderShipments } from '../../render/shipment.ts'

interface Options extends ListOptions, SpanOptions {
  order?: string
  carrier?: string
  status?: string
  location?: string
  claims?: true
  late?: true
}

export const about: About = {
  summary: 'List shipments',
  prints: [shipmentShape],
  samples: [{ callers: 'observers' }, { args: '--order ORDER', callers: 'owners' }],
}

export const command: Make = ready =>
  withPaging(
    withSpan(
      new Command('list')
        .description(
          'List shipments, those of the newest orders first; customers see those of their own orders with --order',
        )
        .option('--order <id>', "only this order's")
        .option('--carrier <name>', "only this carrier's (case-insensitive)")
        .addOption(new Option('--status <status>', 'only these').choices(shipmentStatuses))
        .option('--location <name>', 'only those from there')
        .option('--claims', 'only those whose carrier claims what nobody has confirmed')
        .option('--late', 'only those that should have left'),
      'of orders created',
    ),
    50,
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt shipments list --since 1d\n  $ mgmt shipments list --status open --location main\n  $ mgmt shipments list --claims\n  $ mgmt shipments list --carrier "Harbour Post" -o jsonl\n  $ mgmt shipments list --all -o csv > shipments.csv',
    )
    .action(async ({ order, carrier, status, location, claims, late, limit, all, ...span }: Options) => {
      const mgmt = await ready()
      const flags = { ...(claims && { claims: 'true' }), ...(late && { late: 'true' }) }
      const path = order === undefined ? '/shipments' : `${pathOf(order)}/shipments`
      const query = { carrier, status, location, ...flags, ...spanQuery(span, mgmt.options) }
      const listing = { noun: 'shipments', service: 'shipping', path, columns: shipmentFields } as const
      await printList<Shipment>(mgmt, { ...listing, query, render: renderShipments }, { limit, all })
    })
