import kafkajs from 'kafkajs'
import Connection, { type Sent } from 'kafkajs/src/network/connection.js'

/**
 * kafkajs 2.2.4 keeps a connection whose request got no answer in time, although the broker behind it may be gone without
 * a word: each later request, and each try of one, would time out as well, until TCP gives up after a quarter of an hour.
 * So such a connection is closed, as Java's client does (NetworkClient.handleTimedOutRequests), and what else waits for
 * its answers is tried again over a new one.
 */
const { prototype } = Connection
const { send } = prototype

prototype.send = async function (what: Sent) {
  try {
    return await send.call(this, what)
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSRequestTimeoutError) close(this)
    throw error
  }
}

function close(connection: Connection): void {
  if (!connection.isConnected()) return // by another request that got no answer
  const { host, port, socket } = connection
  connection.rejectRequests(
    new kafkajs.KafkaJSConnectionError('a request got no answer', { broker: `${host}:${port}` }),
  )
  void connection.disconnect()
  socket.destroy()
}
