import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readTextSync, smallFile } from '../input/files.ts'

export interface Session {
  username: string
  role: string
  accessToken: string
  refreshToken: string
  /** When the access token ends, ms since 1970. */
  expiresAt: number
}

export interface SessionStore {
  read(): Session | undefined
  write(session: Session): void
  forget(): void
  /** Runs alone among all processes of this user: two that refresh at once would use one token twice. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

const staleLockMs = 15_000

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
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      chmodSync(folder, 0o700)
      const fresh = `${file}.${randomBytes(4).toString('hex')}`
      writeFileSync(fresh, JSON.stringify(session), { mode: 0o600 })
      renameSync(fresh, file)
    },
    forget: () => rmSync(file, { force: true }),
    async alone(work) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      while (!tryLock(lock)) await pause(30)
      try {
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
  } catch {
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
    if (made !== undefined && Date.now() - made > staleLockMs) rmdirSync(lock) // its holder was killed
    return false
  }
}
