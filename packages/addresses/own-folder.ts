import { chmodSync, mkdirSync } from 'node:fs'

/** Makes a folder for data or logs; only its owner reads it, also when it was there before. */
export function ownFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
}
