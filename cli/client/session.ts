import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { writeState } from '@docket/addresses/state-file.ts'
import { readTextSync, smallFile } from '../input/files.ts'
import { waitingFor } from '../waiting.ts'
import { keepingIn } from './context.ts'
import type { Role } from '@docket/contract/terms.ts'

export interface Session {
  username: string
  role: Role
  accessToken: string
  /** Without one it is a development token: nobody renews it, and user-service knows nothing of it. */
  refreshToken?: string
  /** When the access token ends, ms since 1970. */
  expiresAt: number
}

export interface SessionStore {
  read(): Session | undefined
  write(session: Session): void
  forget(): void
  /**
   * Runs alone among all processes of this user: two that refresh at once would use one token twice. Throws, and does
   * nothing, where the new session could not be kept: the old one would be used up.
   */
  alone<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

const staleLockMs = 30_000 // longer than the 20 s after which a request without an answer is given up
const sessionBytes = 8_192 // two tokens take less than 2 kB

/** The session of a context, in a file that only its owner can read. */
export function sessionStore(folder: string, context: string): SessionStore {
  const file = join(folder, `session-${context.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.json`)
  const lock = `${file}.lock`
  return {
    read() {
      try {
        return JSON.parse(readTextSync(file, smallFile('the session'))) as Session
      } catch {
        return undefined // not logged in here, or an unusable file
      }
    },
    write(session) {
      keepingIn(folder, () => {
        ownFolder(folder)
        writeState(file, JSON.stringify(session), { mode: 0o600 })
      })
    },
    forget: () => keepingIn(folder, () => rmSync(file, { force: true })),
    async alone(work, signal) {
      keepingIn(folder, () => ownFolder(folder))
      await waitingFor(
        `another mgmt that renews this session (${lock}; one that was killed counts for 30 s)`,
        async () => {
          while (!keepingIn(folder, () => tryLock(lock))) {
            await pause(30)
            signal?.throwIfAborted()
          }
        },
      )
      try {
        keepingIn(folder, () => writeFileSync(join(lock, 'room'), Buffer.alloc(sessionBytes)))
        return await work()
      } finally {
        rmSync(lock, { recursive: true, force: true })
      }
    },
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
    if (made !== undefined && Date.now() - made > staleLockMs) rmSync(lock, { recursive: true, force: true }) // its holder was killed
    return false
  }
}
