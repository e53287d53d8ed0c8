/** By topic, for each of its partitions: the offset of the next record. */
export type Offsets = Map<string, number[]>

export interface At {
  topic: string
  partition: number
}

export const nextAt = (offsets: Offsets, { topic, partition }: At): number | undefined =>
  offsets.get(topic)?.[partition]

export function setNext(offsets: Offsets, { topic, partition }: At, next: number): void {
  const list = offsets.get(topic) ?? []
  offsets.set(topic, list)
  for (let at = list.length; at < partition; at++) list[at] = 0 // partitions that were added since have no gaps
  list[partition] = next
}

export const positionsIn = (offsets: Offsets) =>
  [...offsets].flatMap(([topic, list]) => list.map((next, partition) => ({ topic, partition, next })))

/** Names a position in all partitions, for the `id` of an event: the same at every replica. */
export const idOf = (offsets: Offsets): string =>
  [...offsets].map(([topic, list]) => `${topic}:${list.join('.')}`).join('~')

const mostPartitions = 1_000
const form = /^[a-z][a-z0-9.-]{0,80}:\d{1,15}(\.\d{1,15})*$/

/** Undefined for what is no such id. */
export function offsetsIn(id: string): Offsets | undefined {
  const offsets: Offsets = new Map()
  for (const part of id.split('~', mostPartitions)) {
    if (!form.test(part)) return undefined
    const [topic = '', list = ''] = part.split(':')
    offsets.set(topic, list.split('.', mostPartitions).map(Number))
  }
  return offsets
}
