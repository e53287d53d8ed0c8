import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { TrafficByServer } from './wire.ts'

/** What preload.ts is told; it answers each with a message. */
export type Command =
  | { do: 'count' }
  | { do: 'profile' }
  /** Ends the profile, and writes it into this file. */
  | { do: 'write'; file: string }

/** What the process has exchanged with its servers so far. */
export const trafficOf = (child: ChildProcess): Promise<TrafficByServer> =>
  // the shape is what preload.ts sends
  command(child, { do: 'count' }) as Promise<TrafficByServer>

export async function startProfile(child: ChildProcess): Promise<void> {
  await command(child, { do: 'profile' })
}

export async function writeProfile(child: ChildProcess, file: string): Promise<void> {
  await command(child, { do: 'write', file })
}

async function command(child: ChildProcess, what: Command): Promise<unknown> {
  const answered = new AbortController()
  const { signal } = answered
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error(`a service ended while it was profiled: its log says why`)
  })
  ended.catch(() => undefined) // also when it is aborted
  try {
    const answer = once(child, 'message', { signal })
    child.send(what)
    const [message] = (await Promise.race([answer, ended])) as [unknown]
    return message
  } finally {
    answered.abort()
  }
}
