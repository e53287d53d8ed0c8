import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import { returnShape, type Return } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { line, type Line } from '../../input/lines.ts'
import { renderReturn } from '../../render/return.ts'

interface Options {
  line: Line[]
  shipment?: string
  detail?: string
  idempotencyKey?: string
}

export const about: About = {
  summary: 'Announce that goods of an order are sent back',
  changesThings: true,
  prints: returnShape,
  samples: [{ args: 'ORDER --line SKU=1', callers: [4, 1, 4, 0, 1] }],
}

export const command: Make = ready =>
  new Command('create')
    .description('Announce that goods of an order are sent back; they are refunded once they are received')
    .argument('<order-id>')
    .requiredOption('-l, --line <sku=qty>', 'what, and how many; repeatable', line)
    .option('--shipment <id>', 'of which shipment; unless given, the first that has all of it')
    .option('--detail <text>', 'why')
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
    .addHelpText('after', '\nExample:\n  $ mgmt returns create 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 --line mug=1')
    .action(async (orderId: string, { line: lines, shipment, detail, idempotencyKey = randomUUID() }: Options) => {
      const mgmt = await ready()
      const announced = await sendOnce<Return>(mgmt, {
        service: 'shipping',
        path: '/returns',
        body: {
          orderId,
          lines,
          ...(shipment !== undefined && { shipmentId: shipment }),
          ...(detail !== undefined && { detail }),
        },
        key: idempotencyKey,
        unknown: 'whether the return was announced',
      })
      await mgmt.print(announced, renderReturn)
    })
