import type { KeyObject } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { messageOf } from '@docket/foundation/errors.ts'
import { keptKeys, keysIn, largestJwks, unknownKidEveryMs, type KeySource } from './auth.ts'

/**
 * Keys from a JWKS in a file, for where user-service cannot be asked. Read again at most every five seconds, when
 * somebody asks for a key: by its path, so that it may be replaced in any way, also by another symbolic link, as
 * Kubernetes does. While it cannot be read, the old keys stay good. Throws when there is no key in it at the start.
 */
export function fileKeys(url: string, now?: () => number): KeySource {
  let last = read(url)
  return keptKeys(
    async () => {
      last = read(url, last)
      return last.keys
    },
    { everyMs: unknownKidEveryMs, freshMs: unknownKidEveryMs, waits: true, initial: last.keys, ...(now && { now }) },
  )
}

interface Content {
  text: string
  keys: ReadonlyMap<string, KeyObject>
}

/** At once: it is small, and on a disk of this machine. The same keys while it has not changed: they are compared. */
function read(url: string, last?: Content): Content {
  const path = fileURLToPath(url)
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw new Error('it is not a file')
    if (stats.size > largestJwks) throw new Error(`more than ${largestJwks} bytes`)
    const text = readFileSync(path, 'utf8')
    return text === last?.text ? last : { text, keys: keysIn(text) }
  } catch (cause) {
    throw new Error(`reading the keys in ${path}: ${messageOf(cause)}`, { cause })
  }
}
