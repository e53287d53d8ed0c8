import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a folder for data or logs; only its owner reads it, also when it was there before. */
export function ownFolder(path: string): void {
  makeFolder(path, 0o700)
  chmodSync(path, 0o700)
}

/**
 * Makes a folder and those above it, unless they are there. Not by Node's `recursive`, which tries for ever, deaf to
 * signals, where a file system has no room for folders of ours and says that there is none, as /proc does.
 */
export function makeFolder(path: string, mode?: number): void {
  if (existsSync(path)) return
  const above = dirname(path)
  if (above !== path) makeFolder(above, mode)
  try {
    mkdirSync(path, mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process has made it meanwhile
  }
}
