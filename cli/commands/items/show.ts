import { Command } from 'commander'
import type { Make } from '../../mgmt.ts'
import { renderItem } from '../../render/item.ts'
import type { Item } from '../../client/shapes.ts'

export const show: Make = ready =>
  new Command('show')
    .description('Show one item and its stock')
    .argument('<sku>')
    .addHelpText('after', '\nExample:\n  $ mgmt items show mug')
    .action(async (sku: string) => {
      const mgmt = await ready()
      await mgmt.print(await mgmt.api.get<Item>('inventory', `/items/${encodeURIComponent(sku)}`), renderItem)
    })
