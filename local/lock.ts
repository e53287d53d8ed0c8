import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { makeFolder } from '@docket/addresses/own-folder.ts'

/**
 * Holds a lock of the operating system (through SQLite, which supports every platform), so that it ends with the
 * process, even if that is killed.
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

const held = new Set<DatabaseSync>() // an unreferenced database is garbage-collected, and its lock with it

async function waitFor(file: string): Promise<DatabaseSync> {
  for (;;) {
    await pause(50)
    const lock = acquire(file)
    if (lock) return lock
  }
}

/** The lock, or undefined while another process has it. */
function acquire(file: string): DatabaseSync | undefined {
  makeFolder(dirname(file))
  const lock = new DatabaseSync(file)
  try {
    const opened = inode(file)
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE') // no journal file, because nothing is ever written
    // otherwise the previous holder has deleted the file, and this lock protects nothing
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
