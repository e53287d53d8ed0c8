import { Command, Option } from 'commander'
import { withCauses } from '../../system/diagnosis.ts'
import type { Make } from '../../mgmt.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { ordersOf, withOrderFilter, type OrderFilter } from '../../orders/selection.ts'
import { renderOrders } from '../../render/order.ts'

export const list: Make = ready =>
  withOrderFilter(
    new Command('list')
      .description('List orders, newest first: your own, or all for an operator')
      .addOption(
        new Option('--status <status>', 'only these').choices([
          'pending',
          'accepted',
          'completed',
          'rejected',
          'cancelled',
        ]),
      ),
  )
    .option('--stuck', 'only those that do not get on, each with its cause')
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 100_000), 50)
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt orders list --status pending\n  $ mgmt orders list --since 1h -o jsonl\n  $ mgmt orders list --stuck',
    )
    .action(async (filter: OrderFilter) => {
      const mgmt = await ready()
      const orders = await ordersOf(mgmt, filter)
      await mgmt.print(filter.stuck ? await withCauses(mgmt, orders) : orders, renderOrders)
    })
