import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { keepAlive, type LockHold, type LockSessionOptions } from './lock-session.ts'
import { connection } from './postgres-connection.ts'

const statementMs = 5_000 // its statements are short; longer means a half-open connection

/** A session that holds an advisory lock; undefined while another holds it. */
export async function lockSession(
  url: string,
  { name, forgottenSeconds, acquire }: LockSessionOptions<pg.Client>,
): Promise<{ client: pg.Client; hold: LockHold } | undefined> {
  const client = new pg.Client({ ...connection(url), application_name: name, query_timeout: statementMs })
  const lost = new AbortController()
  client.on('error', error => lost.abort(error))
  client.on('end', () => lost.abort(new Error(`the connection of ${name}, which held a lock, has ended`)))
  await client.connect()
  try {
    await client.query(`SET idle_session_timeout = '${forgottenSeconds}s'`)
    if (await acquire(client)) {
      const stopKeepAlive = keepAlive(() => client.query('SELECT 1'), forgottenSeconds, lost)
      const release = async () => {
        stopKeepAlive()
        await ended(client)
      }
      return { client, hold: { lost: lost.signal, release } }
    }
  } catch (error) {
    await ended(client)
    throw error
  }
  await ended(client)
  return undefined
}

const goodbyeMs = 1_000

/** Sends the terminate message without waiting for a response, which a half-open connection never gives. */
async function ended(client: pg.Client): Promise<void> {
  const ended = client.end()
  await Promise.race([ended, pause(goodbyeMs, undefined, { ref: false })])
  ended.catch(() => undefined) // the connection is gone either way
}
