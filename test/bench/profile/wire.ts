export interface Traffic {
  requests: Record<string, number>
  /** Times that something was sent after an answer, or after nothing at all. */
  roundTrips: number
  sentBytes: number
  receivedBytes: number
}

export type TrafficByServer = Record<'database' | 'kafka', Traffic>

export const noTraffic = (): Traffic => ({ requests: {}, roundTrips: 0, sentBytes: 0, receivedBytes: 0 })

/** From https://kafka.apache.org/protocol#protocol_api_keys. */
const kafkaRequests: Record<number, string> = {
  0: 'Produce',
  1: 'Fetch',
  2: 'ListOffsets',
  3: 'Metadata',
  8: 'OffsetCommit',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  11: 'JoinGroup',
  12: 'Heartbeat',
  13: 'LeaveGroup',
  14: 'SyncGroup',
  18: 'ApiVersions',
}

/** The requests in one write of kafkajs: each has its length before it, and begins with its key. */
export function* kafkaRequestsIn(written: Buffer): Generator<string> {
  for (let at = 0; at + 6 <= written.length; at += 4 + written.readUInt32BE(at)) {
    const key = written.readInt16BE(at + 4)
    yield kafkaRequests[key] ?? `request ${key}`
  }
}

const simpleQuery = 0x51 // Q
const execute = 0x45 // E: of a statement that is sent in parts

/** The statements in one write of pg: messages have a letter and their length before them; those before the login none. */
export function* postgresRequestsIn(written: Buffer): Generator<string> {
  for (let at = 0; at + 5 <= written.length && written[at] !== 0; at += 1 + written.readUInt32BE(at + 1))
    if (written[at] === simpleQuery || written[at] === execute) yield 'statement'
}
