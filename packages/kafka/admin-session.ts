import type { Admin, Kafka } from 'kafkajs'

export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>, retries?: number): Promise<T> {
  const admin = kafka.admin(retries === undefined ? {} : { retry: { retries } })
  try {
    await admin.connect()
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

export function rangesBy(admin: Admin): (topic: string) => ReturnType<Admin['fetchTopicOffsets']> {
  const known = new Map<string, ReturnType<Admin['fetchTopicOffsets']>>()
  return topic => {
    const range = known.get(topic) ?? admin.fetchTopicOffsets(topic)
    known.set(topic, range)
    return range
  }
}

/** By topic and partition. Kafka leaves out partitions, and topics, that the group has committed nothing of. */
export async function committedBy(admin: Admin, group: string): Promise<Map<string, Map<number, number>>> {
  const committed = await admin.fetchOffsets({ groupId: group })
  return new Map(
    committed.map(({ topic, partitions }) => [
      topic,
      new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)])),
    ]),
  )
}
