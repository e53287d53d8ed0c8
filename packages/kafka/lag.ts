export interface TopicLag {
  topic: string
  records: number
}

export type LagTracker = ReturnType<typeof lagTracker>

/**
 * The lag of this member of a group: the end of each of its partitions at their last poll, minus what was handled. It
 * costs no request, so records that arrived since the last poll are not counted.
 */
export function lagTracker(topics: readonly string[]) {
  const waiting = new Map<string, Map<number, number>>(topics.map(topic => [topic, new Map()]))
  return {
    note(topic: string, partition: number, next: string, end: string, handled = 0): void {
      waiting.get(topic)?.set(partition, Math.max(0, Number(end) - Number(next) - handled))
    },
    keep(assigned: Readonly<Record<string, readonly number[]>>): void {
      for (const [topic, partitions] of waiting) {
        for (const partition of partitions.keys())
          if (!assigned[topic]?.includes(partition)) partitions.delete(partition)
      }
    },
    byTopic: (): TopicLag[] =>
      [...waiting].map(([topic, partitions]) => ({
        topic,
        records: [...partitions.values()].reduce((sum, one) => sum + one, 0),
      })),
  }
}
