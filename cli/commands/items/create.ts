import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { About, Make } from '../../command.ts'
import { parseMoney } from '../../input/money.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { renderItem } from '../../render/item.ts'
import { itemShape, type Item } from '../../client/shapes.ts'

interface Options {
  name: string
  price: string
  currency: string
  quantity: number
  idempotencyKey?: string
}

export const about: About = {
  summary: 'Create an item with its first stock',
  changesThings: true,
  prints: itemShape,
  samples: [{ args: 'FRESH --name Mug --price 4.50 --currency EUR --quantity 1', callers: 'operators' }],
}

export const command: Make = ready =>
  new Command('create')
    .description('Create an item with its first stock')
    .argument('<sku>')
    .requiredOption('--name <name>', 'its display name')
    .requiredOption('--price <amount>', 'price of one piece, such as 4.50')
    .requiredOption('--currency <code>', 'ISO 4217 code, such as EUR')
    .requiredOption('--quantity <n>', 'pieces in stock', wholeNumber('--quantity', 0, 1_000_000_000))
    .option('--idempotency-key <key>', 'create it only once, even if this command is repeated')
    .addHelpText('after', '\nExample:\n  $ mgmt items create mug --name Mug --price 4.50 --currency EUR --quantity 100')
    .action(async (sku: string, { name, price, currency, quantity, idempotencyKey = randomUUID() }: Options) => {
      const mgmt = await ready()
      const body = { sku, name, unitPrice: parseMoney(price, currency), currency, quantity }
      const unknown = 'whether the item was created'
      await mgmt.print(
        await sendOnce<Item>(mgmt, { service: 'inventory', path: '/items', body, key: idempotencyKey, unknown }),
        renderItem,
      )
    })
