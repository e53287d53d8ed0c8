import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from './own-folder.ts'

/**
 * Replaces the content of a file that has to survive: written beside it, brought to the disk, then renamed. After a
 * power cut, a full disk or a kill at any moment the file has the old content or the new one, never half of it.
 */
export function writeState(file: string, text: string, { mode = 0o644 } = {}): void {
  const folder = dirname(file)
  makeFolder(folder)
  const fresh = `${file}.${randomBytes(4).toString('hex')}.new`
  try {
    synced(fresh, 'wx', mode, fd => writeFileSync(fd, text))
    renameSync(fresh, file)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
  synced(folder, 'r', undefined) // the rename
}

function synced(path: string, flags: string, mode: number | undefined, write?: (fd: number) => void): void {
  const fd = openSync(path, flags, mode)
  try {
    write?.(fd)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
