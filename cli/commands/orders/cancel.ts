import { Command } from 'commander'
import type { Make } from '../../mgmt.ts'
import { renderOrder } from '../../render/order.ts'
import type { Order } from '../../shapes.ts'

export const cancel: Make = ready => new Command('cancel')
  .description('Cancel an order that has not been accepted; its stock and its money come back')
  .argument('<order-id>')
  .option('--detail <text>', 'why')
  .addHelpText('after', '\nExample:\n  $ mgmt orders cancel 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 --detail "ordered twice"')
  .action(async (id: string, { detail }: { detail?: string }) => {
    const mgmt = await ready()
    const order = await mgmt.api.send<Order>('order', 'POST', `/orders/${encodeURIComponent(id)}/cancel`, { ...(detail !== undefined && { detail }) })
    await mgmt.print(order, renderOrder)
  })
