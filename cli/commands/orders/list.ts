import { Command, Option } from 'commander'
import { withCauses } from '../../diagnosis.ts'
import type { Make } from '../../mgmt.ts'
import { parseTime } from '../../durations.ts'
import { wholeNumber } from '../../numbers.ts'
import { renderOrders } from '../../render/order.ts'
import type { Order } from '../../shapes.ts'

interface Options {
  status?: string
  customer?: string
  since?: string
  until?: string
  stuck?: boolean
  limit: number
}

export const list: Make = ready => new Command('list')
  .description('List orders, newest first: your own, or all for an operator')
  .addOption(new Option('--status <status>', 'only these').choices(['pending', 'accepted', 'completed', 'rejected', 'cancelled']))
  .option('--customer <id>', 'only this customer\'s')
  .option('--since <time>', 'created at or after: 2026-01-31T12:00:00Z, or 5m for five minutes ago')
  .option('--until <time>', 'created before')
  .option('--stuck', 'only those that do not get on, each with its cause')
  .option('--limit <n>', 'at most so many', wholeNumber('--limit', 1, 100_000), 50)
  .addHelpText('after', '\nExamples:\n  $ mgmt orders list --status pending\n  $ mgmt orders list --since 1h -o jsonl\n  $ mgmt orders list --stuck')
  .action(async ({ status, customer, since, until, stuck, limit }: Options) => {
    const mgmt = await ready()
    const time = (text: string | undefined) => text === undefined ? undefined : parseTime(text, new Date()).toISOString()
    const orders = await mgmt.api.list<Order>('order', '/orders', { status, customer, since: time(since), until: time(until), stuck: stuck ? 'true' : undefined }, limit)
    await mgmt.print(stuck ? await withCauses(mgmt, orders) : orders, renderOrders)
  })
