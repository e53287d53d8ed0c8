import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { About, Make } from '../../command.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { renderItem } from '../../render/item.ts'
import { itemShape, type Item } from '../../client/shapes.ts'

interface Options {
  by: number
  reason: string
  idempotencyKey?: string
}

export const about: About = {
  summary: 'Add pieces to the stock, or remove some',
  changesThings: true,
  prints: itemShape,
  samples: [{ args: 'SKU --by 1 --reason found', callers: 'operators' }],
}

export const command: Make = ready =>
  new Command('adjust')
    .description('Add pieces to the stock, or remove available ones')
    .argument('<sku>')
    .requiredOption(
      '--by <n>',
      'how many; a negative number removes',
      wholeNumber('--by', -1_000_000_000, 1_000_000_000),
    )
    .requiredOption('--reason <text>', 'why')
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt items adjust mug --by 50 --reason "delivery 4711"\n  $ mgmt items adjust mug --by=-2 --reason broken',
    )
    .action(async (sku: string, { by, reason, idempotencyKey = randomUUID() }: Options) => {
      const mgmt = await ready()
      await mgmt.print(
        await sendOnce<Item>(mgmt, {
          service: 'inventory',
          path: `/items/${encodeURIComponent(sku)}/adjustments`,
          body: { delta: by, reason },
          key: idempotencyKey,
          unknown: 'whether the stock was changed',
        }),
        renderItem,
      )
    })
