import { Command } from 'commander'
import type { Make } from '../../mgmt.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { renderItem } from '../../render/item.ts'
import type { Item } from '../../client/shapes.ts'

export const adjust: Make = ready =>
  new Command('adjust')
    .description('Add pieces to the stock, or remove available ones')
    .argument('<sku>')
    .requiredOption(
      '--by <n>',
      'how many; a negative number removes',
      wholeNumber('--by', -1_000_000_000, 1_000_000_000),
    )
    .requiredOption('--reason <text>', 'why')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt items adjust mug --by 50 --reason "delivery 4711"\n  $ mgmt items adjust mug --by=-2 --reason broken',
    )
    .action(async (sku: string, { by, reason }: { by: number; reason: string }) => {
      const mgmt = await ready()
      await mgmt.print(
        await mgmt.api.send<Item>('inventory', 'POST', `/items/${encodeURIComponent(sku)}/adjustments`, {
          delta: by,
          reason,
        }),
        renderItem,
      )
    })
