export interface TopicLag {
  topic: string
  records: number
}

/**
 * How many records wait for this member of a group: what the last poll of each of its partitions said of the
 * partition's end, less what was handled. It costs no request; what has come since the last poll is not in it.
 */
export function lagTracker(topics: readonly string[]) {
  const waiting = new Map<string, Map<number, number>>(topics.map(topic => [topic, new Map()]))
  return {
    /** `next` is the offset of the first record that was not handled, `end` that of the record after the last. */
    note(topic: string, partition: number, next: string, end: string, handled = 0): void {
      waiting.get(topic)?.set(partition, Math.max(0, Number(end) - Number(next) - handled))
    },
    /** Other partitions are another member's from now on. */
    keep(assigned: Readonly<Record<string, readonly number[]>>): void {
      for (const [topic, partitions] of waiting) {
        for (const partition of partitions.keys())
          if (!assigned[topic]?.includes(partition)) partitions.delete(partition)
      }
    },
    /** Of every topic, also when nothing waits. */
    byTopic: (): TopicLag[] =>
      [...waiting].map(([topic, partitions]) => ({
        topic,
        records: [...partitions.values()].reduce((sum, one) => sum + one, 0),
      })),
  }
}
