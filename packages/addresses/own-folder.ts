import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Only its owner may read a folder for data or logs, even one that existed before. */
export function ownFolder(path: string): void {
  makeFolder(path, 0o700)
  chmodSync(path, 0o700)
}

/**
 * Makes a folder and its parents. Not by Node's `recursive`, which retries forever and ignores signals where a file
 * system has no room for our folders and says ENOENT, as /proc does.
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
