import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { Failure } from '../failure.ts'
import { waitingFor } from '../waiting.ts'

/** Says what to do where nothing can be kept: a read-only or full disk, a folder of somebody else, no home. */
export function keepingIn<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new Failure(`Nothing can be kept in ${folder}: ${messageOf(cause)}`, {
      code: 'not_kept',
      next: 'make that folder writable, with room on its disk, or set XDG_CONFIG_HOME to one that is; then repeat the command, or log in: mgmt login USERNAME',
      cause,
    })
  }
}

const staleLockMs = 30_000 // longer than the 20 s after which a request without an answer is given up

/**
 * Runs alone among all processes of this user that change this file. Throws, and does nothing, where `bytes` could not
 * be kept beside it.
 *
 * @param doing What the other is doing while this one waits: "renews this session".
 */
export async function aloneWith<T>(
  file: string,
  { doing, bytes }: { doing: string; bytes: number },
  work: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const folder = dirname(file)
  const lock = `${file}.lock`
  keepingIn(folder, () => ownFolder(folder))
  await waitingFor(`another mgmt that ${doing} (${lock}; one that was killed counts for 30 s)`, async () => {
    while (!keepingIn(folder, () => tryLock(lock))) {
      await pause(30)
      signal?.throwIfAborted()
    }
  })
  try {
    keepingIn(folder, () => writeFileSync(join(lock, 'room'), Buffer.alloc(bytes)))
    return await work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
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
