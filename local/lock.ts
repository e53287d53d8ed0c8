import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { makeFolder } from '@docket/addresses/own-folder.ts'

/**
 * Does the work while it holds this lock file. The lock is one of the operating system (SQLite acquires it, on every
 * platform alike), so it ends with the process, also when that is killed.
 */
export async function underLock<T>(
  file: string,
  work: () => Promise<T>,
  onWait: () => void = () => undefined,
): Promise<T> {
  const lock = acquire(file) ?? (onWait(), await waitFor(file))
  held.add(lock)
  try {
    return await work()
  } finally {
    held.delete(lock)
    lock.close()
  }
}

const held = new Set<DatabaseSync>() // one without a reference is collected as garbage, and its lock with it

async function waitFor(file: string): Promise<DatabaseSync> {
  for (;;) {
    await pause(50)
    const lock = acquire(file)
    if (lock) return lock
  }
}

function acquire(file: string): DatabaseSync | undefined {
  makeFolder(dirname(file))
  const lock = new DatabaseSync(file)
  try {
    const opened = inode(file)
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE') // no file beside it: nothing is ever written
    // else who had it has deleted the file: it locks nothing now
    if (opened !== undefined && opened === inode(file)) return lock
  } catch (error) {
    if (!isBusy(error)) throw error
  }
  lock.close()
  return undefined
}

const inode = (file: string) => statSync(file, { throwIfNoEntry: false })?.ino

const sqliteBusy = 5 // https://sqlite.org/rescode.html
const isBusy = (error: unknown) => error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy
