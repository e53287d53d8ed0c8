import mysql from 'mysql2/promise'
import { keepAlive, type LockHold, type LockSessionOptions } from './lock-session.ts'
import { connection, limited, type Limits, type Statements } from './mysql-connection.ts'

/** A session that holds a named lock; undefined while another holds it. */
export async function lockSession(
  url: string,
  limits: Limits,
  { name, forgottenSeconds, acquire }: LockSessionOptions<Statements>,
): Promise<{ client: Statements; hold: LockHold } | undefined> {
  const connected = await mysql.createConnection(connection(url, limits))
  const lost = new AbortController()
  const lose = (error: Error) => lost.abort(error)
  connected.on('error', lose)
  connected.on('end', () => lose(new Error(`the connection of ${name}, which held a lock, has ended`)))
  const client = limited(connected, limits.statementMs)
  try {
    await client.query(`SET SESSION wait_timeout = ${forgottenSeconds}`)
    if (await acquire(client)) {
      const stopKeepAlive = keepAlive(() => client.ping(), forgottenSeconds, lost)
      const release = async () => {
        stopKeepAlive()
        client.giveUp()
      }
      return { client, hold: { lost: lost.signal, release } }
    }
  } catch (error) {
    connected.destroy()
    throw error
  }
  connected.destroy()
  return undefined
}
