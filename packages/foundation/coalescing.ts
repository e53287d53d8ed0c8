import { batched } from './batching.ts'

/**
 * Coalesces what several partitions deliver at the same time into one batch: items that arrive while a batch is under
 * way share the next one. A poll hands over its partitions one by one, so without this each would be a transaction of
 * its own.
 */
export function coalesced<Item>(work: (items: Item[]) => Promise<void>): (items: readonly Item[]) => Promise<void> {
  return batched<readonly Item[], void>(
    async lists => {
      await work(lists.flat())
      return lists.map(() => undefined)
    },
    { maxSize: Infinity, concurrency: 1 },
  )
}
