import { Command } from 'commander'
import type { Make } from '../../mgmt.ts'
import { steps } from '../../follow.ts'
import { renderStep, renderTimeline, status } from '../../render/order.ts'
import { isFinal, type Order, type TimelineEntry } from '../../shapes.ts'

export const trace: Make = ready => new Command('trace')
  .description('Show the steps of an order, and how long each took')
  .argument('<order-id>')
  .option('-f, --follow', 'go on until the order ends')
  .addHelpText('after', '\nExample:\n  $ mgmt orders trace 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 -f')
  .action(async (id: string, { follow }: { follow?: boolean }) => {
    const mgmt = await ready()
    const order = await mgmt.api.get<Order>('order', `/orders/${encodeURIComponent(id)}`)
    const timeline = order.timeline ?? []
    if (!follow || isFinal(order)) {
      mgmt.note(look => `order ${order.id} is ${status(order, look)}${order.waitsFor ? `, waits for ${order.waitsFor.service}: ${order.waitsFor.step}` : ''}`)
      return mgmt.print(timeline, renderTimeline)
    }
    let before: TimelineEntry | undefined
    for await (const entry of steps(order.id, mgmt)) {
      const previous = before
      await mgmt.printLine(entry, (step, look) => renderStep(step, previous, look))
      before = entry
    }
  })
