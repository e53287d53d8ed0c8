import { nameOf } from './broker-reader.ts'

export function heldPartitions() {
  const held = new Map<string, { ending: AbortController; reason: string }>()
  return {
    add(name: string, ending: AbortSignal) {
      const entry = { ending: new AbortController(), reason: 'they were not acknowledged' }
      held.set(name, entry)
      return {
        signal: AbortSignal.any([ending, entry.ending.signal]),
        failed: (error: Error) => void (entry.reason = error.message),
        release: () => void (held.get(name) === entry && held.delete(name)),
      }
    },
    has: (partition: Parameters<typeof nameOf>[0]) => held.has(nameOf(partition)),
    /** After a rebalance, the partitions may belong to another member. */
    forget(): void {
      for (const { ending } of held.values()) ending.abort()
      held.clear()
    },
    trouble(): string | undefined {
      const [first] = held
      return first && `dead letters of ${[...held.keys()].join(', ')} cannot be published: ${first[1].reason}`
    },
  }
}
