import { argon2, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Unavailable } from '@docket/chassis/http/errors.ts'

const derive = promisify(argon2)

// OWASP's recommendation for argon2id: 19 MiB, 2 passes, 1 lane.
const memory = 19_456
const passes = 2
const parallelism = 1
const tagLength = 32

const hashesAtOnce = 2 // more fill the thread pool, and all other work of the process waits
const mostWaiting = 16 // about a second of work; beyond that a client is told to come back
let running = 0
const waiting: (() => void)[] = []

/** As it is hashed: keyboards write one letter in different ways. */
const normalized = (password: string) => password.normalize('NFKC')

export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const message = normalized(password)
  const tag = await inTurn(() => derive('argon2id', { message, nonce, parallelism, tagLength, memory, passes }))
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(tag)}`
}

/**
 * Whether the password is the one that was hashed. `outdated`: it is, but was hashed as it was typed, as release 0.1.0
 * did. An unknown user's is compared with nothing, which takes as long.
 */
export async function verify(password: string, hash: string | undefined): Promise<'right' | 'outdated' | 'wrong'> {
  if (await isHashOf(normalized(password), hash)) return 'right'
  if (normalized(password) === password) return 'wrong'
  return (await isHashOf(password, hash)) ? 'outdated' : 'wrong'
}

async function isHashOf(message: string, hash: string | undefined): Promise<boolean> {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(hash ?? dummyHash)
  if (!found) throw new Error('a stored password hash is in no known format')
  const [m, t, p] = found.slice(1, 4).map(Number) as [number, number, number]
  const expected = Buffer.from(found[5] ?? '', 'base64')
  const tag = await inTurn(() =>
    derive('argon2id', {
      message,
      nonce: Buffer.from(found[4] ?? '', 'base64'),
      parallelism: p,
      tagLength: expected.length,
      memory: m,
      passes: t,
    }),
  )
  return timingSafeEqual(tag, expected) && hash !== undefined
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
const dummyHash = `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(randomBytes(16))}$${base64(randomBytes(tagLength))}`

const letters = 'abcdefghjkmnpqrstuvwxyz23456789' // none that looks like another

export const oneUsePassword = () =>
  Array.from({ length: 4 }, () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')).join(
    '-',
  )

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= hashesAtOnce) {
    if (waiting.length >= mostWaiting) throw new Unavailable('Too many people are logging in at this moment.', 1)
    await new Promise<void>(resolve => waiting.push(resolve)) // its waker has left it the slot
  } else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}
