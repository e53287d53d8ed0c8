import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import { returnShape, type Return } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { countedLine, type CountedLine } from '../../input/lines.ts'
import { renderReturn } from '../../render/return.ts'

interface Options {
  line: CountedLine[]
  to?: string
  idempotencyKey?: string
}

export const about: About = {
  summary: 'Count the goods of a return that arrived',
  changesThings: true,
  prints: returnShape,
  samples: [{ args: 'ORDER --line SKU=1:scrap', callers: [4, 4, 4, 1, 4] }],
}

export const command: Make = ready =>
  new Command('receive')
    .description(
      'Count the goods of a return that arrived: they go to stock, and what came is refunded. The rest is awaited further',
    )
    .argument('<return-id>', 'of a return; also of one that was cancelled or received as lost, when its goods turn up')
    .requiredOption(
      '-l, --line <sku=qty[:scrap]>',
      'what came, and how many; with :scrap, what cannot be sold. Repeatable',
      countedLine,
    )
    .option('--to <location>', 'where it arrived; unless given: main')
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
    .addHelpText(
      'after',
      '\nExample:\n  $ mgmt returns receive 01981b2c-9a00-7c32-8e61-4d8f1a2b3c45 --line mug=1 --line mug=1:scrap',
    )
    .action(async (id: string, { line: lines, to, idempotencyKey = randomUUID() }: Options) => {
      const mgmt = await ready()
      const received = await sendOnce<Return>(mgmt, {
        service: 'shipping',
        path: `/returns/${encodeURIComponent(id)}/receive`,
        body: { lines, ...(to !== undefined && { location: to }) },
        key: idempotencyKey,
        unknown: `whether the goods of ${id} were received`,
      })
      await mgmt.print(received, renderReturn)
    })
