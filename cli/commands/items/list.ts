import { Command } from 'commander'
import type { Make } from '../../mgmt.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { renderItems } from '../../render/item.ts'
import type { Item } from '../../client/shapes.ts'

export const list: Make = ready =>
  new Command('list')
    .description('List or search items, by sku')
    .option('--search <text>', 'part of the sku or the name')
    .option('--below <n>', 'fewer available pieces than this', wholeNumber('--below', 0, 1_000_000_000))
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 100_000), 200)
    .addHelpText('after', '\nExamples:\n  $ mgmt items list\n  $ mgmt items list --below 10 -o json')
    .action(async ({ search, below, limit }: { search?: string; below?: number; limit: number }) => {
      const mgmt = await ready()
      await mgmt.print(
        await mgmt.api.list<Item>('inventory', '/items', { search, below: below?.toString() }, limit),
        renderItems,
      )
    })
