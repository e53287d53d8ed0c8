import type { kafkaClient } from '@docket/kafka/client.ts'
import { clusterOf } from '@docket/kafka/broker-reader.ts'
import { withAdmin } from '@docket/kafka/admin-session.ts'

/**
 * Ends the membership of every member of a consumer group, as Kafka does after the session timeout, so that restarting
 * a killed member need not wait for that. No admin client offers it, but any client may send a member's leave request.
 */
export async function expelMembers(kafka: ReturnType<typeof kafkaClient>, groupId: string): Promise<void> {
  const { groups } = await withAdmin(kafka, admin => admin.describeGroups([groupId]))
  const members = groups.flatMap(group => group.members)
  if (members.length === 0) return
  const cluster = clusterOf(kafka)
  await cluster.connect()
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId })
    for (const { memberId } of members) await coordinator.leaveGroup({ groupId, memberId })
  } finally {
    await cluster.disconnect()
  }
}
