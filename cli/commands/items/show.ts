import { Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { renderItem } from '../../render/item.ts'
import { itemShape, type Item } from '../../client/shapes.ts'

export const about: About = {
  summary: 'Show one item and its stock',
  prints: itemShape,
  samples: [{ args: 'SKU', callers: 'users' }],
}

export const command: Make = ready =>
  new Command('show')
    .description('Show one item and its stock')
    .argument('<sku>')
    .addHelpText('after', '\nExample:\n  $ mgmt items show mug')
    .action(async (sku: string) => {
      const mgmt = await ready()
      await mgmt.print(await mgmt.api.get<Item>('inventory', `/items/${encodeURIComponent(sku)}`), renderItem)
    })
