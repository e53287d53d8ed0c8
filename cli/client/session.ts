import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { writeState } from '@docket/addresses/state-file.ts'
import { readTextSync, smallFile } from '../input/files.ts'
import { aloneWith, keepingIn } from './kept.ts'
import type { Role } from '@docket/contract/terms.ts'

export interface Session {
  username: string
  role: Role
  accessToken: string
  /** A development token has none: it cannot be renewed, and user-service does not know it. */
  refreshToken?: string
  /** When the access token ends, ms since 1970. */
  expiresAt: number
}

export interface SessionStore {
  read(): Session | undefined
  write(session: Session): void
  forget(): void
  /**
   * Serializes all processes of this user: two that refresh at once would use one token twice. Throws, and does
   * nothing, where the new session could not be stored, because the old one would be used up.
   */
  alone<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

const sessionBytes = 8_192 // two tokens take less than 2 kB

/** The file holds tokens, so only its owner may read it. */
export function sessionStore(folder: string, context: string): SessionStore {
  const file = join(folder, `session-${context.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.json`)
  return {
    read() {
      try {
        return JSON.parse(readTextSync(file, smallFile('the session'))) as Session
      } catch {
        return undefined // not logged in here, or the file is unusable
      }
    },
    write(session) {
      keepingIn(folder, () => {
        ownFolder(folder)
        writeState(file, JSON.stringify(session), { mode: 0o600 })
      })
    },
    forget: () => keepingIn(folder, () => rmSync(file, { force: true })),
    alone: (work, signal) => aloneWith(file, { doing: 'renews this session', bytes: sessionBytes }, work, signal),
  }
}
