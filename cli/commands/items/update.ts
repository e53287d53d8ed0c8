import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { About, Make } from '../../command.ts'
import { usage } from '../../failure.ts'
import { parseMoney } from '../../input/money.ts'
import { renderItem } from '../../render/item.ts'
import { itemShape, type Item } from '../../client/shapes.ts'

export const about: About = {
  summary: 'Change the name or the price of an item',
  changesThings: true,
  prints: itemShape,
  samples: [{ args: 'SKU --price 4.50', callers: 'operators' }],
}

export const command: Make = ready =>
  new Command('update')
    .description('Change the name or the price of an item; existing orders keep theirs')
    .argument('<sku>')
    .option('--name <name>', 'its display name')
    .option('--price <amount>', 'price of one piece, in the currency of the item')
    .addHelpText('after', '\nExample:\n  $ mgmt items update mug --price 4.75')
    .action(async (sku: string, { name, price }: { name?: string; price?: string }) => {
      if (name === undefined && price === undefined)
        throw usage('There is nothing to change.', 'give --name, --price, or both')
      const mgmt = await ready()
      const path = `/items/${encodeURIComponent(sku)}`
      const unitPrice =
        price === undefined ? undefined : parseMoney(price, (await mgmt.api.get<Item>('inventory', path)).currency)
      await mgmt.print(
        await sendOnce<Item>(mgmt, {
          service: 'inventory',
          method: 'PATCH',
          path,
          body: { ...(name !== undefined && { name }), ...(unitPrice !== undefined && { unitPrice }) },
          unknown: 'whether the item was changed',
        }),
        renderItem,
      )
    })
