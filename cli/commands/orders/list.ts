import { Command, Option } from 'commander'
import { withCauses } from '../../system/diagnosis.ts'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import { orderFields, orderShape, type Order } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { ordersOf, queryOf, withOrderFilter, type OrderFilter } from '../../orders/selection.ts'
import { renderOrders } from '../../render/order.ts'
import { orderStatuses } from '@docket/contract/terms.ts'

export const about: About = {
  summary: 'List orders, newest first',
  prints: [orderShape],
  samples: [{ callers: 'users' }],
}

export const command: Make = ready =>
  withPaging(
    withOrderFilter(
      new Command('list')
        .description('List orders, newest first: your own, or all for an operator')
        .addOption(new Option('--status <status>', 'only these').choices(orderStatuses)),
    ).option('--stuck', 'only orders without progress, each with its cause'),
    50,
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt orders list --status pending\n  $ mgmt orders list --since 1h -o jsonl\n  $ mgmt orders list --all -o csv > orders.csv\n  $ mgmt orders list --stuck',
    )
    .action(async (filter: OrderFilter & ListOptions) => {
      const mgmt = await ready()
      if (filter.stuck) {
        const orders = await ordersOf(mgmt, { ...filter, ...(filter.all && { limit: Infinity }) })
        return mgmt.print(await withCauses(mgmt, orders), renderOrders, orderFields)
      }
      const listing = { noun: 'orders', service: 'order', path: '/orders', columns: orderFields } as const
      await printList<Order>(mgmt, { ...listing, query: queryOf(mgmt, filter), render: renderOrders }, filter)
    })
