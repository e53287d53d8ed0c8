import BrokerPool from 'kafkajs/src/cluster/brokerPool.js'
import protocol, { type Metadata } from 'kafkajs/src/protocol/requests/index.js'

/**
 * kafkajs 2.2.4 takes a partition without a leader for a failure of the whole answer, also when it has asked for all
 * topics of the cluster, and no service reads the partition (kafkajs #639, #1460, #1520). Java's client
 * keeps the answer, and so does this: the leader of such a partition is -1, so only what needs that partition fails.
 */
const { requests } = protocol
const metadataOf = requests.Metadata.protocol

// LEADER_NOT_AVAILABLE, REPLICA_NOT_AVAILABLE, LISTENER_NOT_FOUND: Kafka's protocol guide, error codes
const passing: ReadonlySet<number> = new Set([5, 9, 72])

requests.Metadata.protocol = ({ version }) => {
  const make = metadataOf({ version })
  return options => {
    const made = make(options)
    const { decode, parse } = made.response
    return { ...made, response: { decode, parse: answer => parse(withoutPassingErrors(answer)) } }
  }
}

const withoutPassingErrors = (answer: Metadata): Metadata => ({
  ...answer,
  topicMetadata: answer.topicMetadata.map(topic => ({
    ...topic,
    partitionMetadata: topic.partitionMetadata.map(partition =>
      passing.has(partition.partitionErrorCode) ? { ...partition, partitionErrorCode: 0 } : partition,
    ),
  })),
})

const againMs = 1_000 // a consumer reads nothing of the partition until it has looked again

const { prototype } = BrokerPool
const { refreshMetadata } = prototype

prototype.refreshMetadata = async function (topics) {
  await refreshMetadata.call(this, topics)
  const partitions = this.metadata?.topicMetadata.flatMap(({ partitionMetadata }) => partitionMetadata) ?? []
  if (partitions.some(({ leader }) => leader < 0)) this.metadataExpireAt = Date.now() + againMs
}
