import kafkajs from 'kafkajs'
import { withTimeLimit } from '@docket/foundation/time-limit.ts'
import BrokerPool from 'kafkajs/src/cluster/brokerPool.js'
import Connection, { type Sent } from 'kafkajs/src/network/connection.js'

/**
 * kafkajs 2.2.4 keeps a connection whose request got no answer in time, although the broker behind it may be gone without
 * a word: each later request, and each try of one, would time out as well, until TCP gives up after a quarter of an hour.
 * So such a connection is closed, as Java's client does (NetworkClient.handleTimedOutRequests), and what else waits for
 * its answers is tried again over a new one.
 *
 * ApiVersions is the first request to a broker. kafkajs gives it the time limit of a connection, and takes the larger
 * one of requests for it. Without an answer in its own time, the broker counts as one that cannot be reached: only then
 * does kafkajs go on to the next of the brokers that it was given.
 */
const { prototype } = Connection
const { send } = prototype
const saslHandshake = 17 // Kafka's protocol guide, API keys
const apiVersions = 18

prototype.send = async function (what: Sent) {
  const { apiKey } = what.request
  const answer = send.call(this, what)
  try {
    return await (apiKey === apiVersions ? withTimeLimit(this.connectionTimeout, answer, late) : answer)
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSRequestTimeoutError)) throw error
    const noAnswer = new kafkajs.KafkaJSConnectionError('a request got no answer', {
      broker: `${this.host}:${this.port}`,
    })
    close(this, noAnswer)
    throw apiKey === apiVersions || apiKey === saslHandshake ? noAnswer : error
  }
}

const late = () => new kafkajs.KafkaJSRequestTimeoutError('no answer')

/**
 * A broker of the list that has answered once may hang since, so it is asked again when none is connected any more. One
 * that asks twice at a time would, after the first has gone on to another broker, close that and go on as well.
 */
const pool = BrokerPool.prototype
const { connect } = pool
const connecting = new WeakMap<BrokerPool, Promise<void>>()

pool.connect = function () {
  const underWay = connecting.get(this)
  if (underWay) return underWay
  if (this.seedBroker && !this.hasConnectedBrokers()) this.seedBroker.versions = null
  const work = connect.call(this).finally(() => connecting.delete(this))
  connecting.set(this, work)
  return work
}

function close(connection: Connection, why: Error): void {
  if (!connection.isConnected()) return // by another request that got no answer
  const { socket } = connection
  connection.rejectRequests(why)
  void connection.disconnect()
  socket.destroy()
}
