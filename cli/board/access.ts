import { createHash, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

// Every account of this machine, and every page in the browser, can reach a port of 127.0.0.1. So a request is answered
// only to a page of the board itself, and data only to one that was opened with a link that its owner alone could read.

/** What browsers call us, also by way of a forwarded port. Any other name may have been rebound to this address. */
const ownHost = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i

export interface Caller {
  method: string
  headers: IncomingHttpHeaders
}

/** Why a request is refused whatever it asks for; undefined if it may come from the board's own page. */
export function refusalOf({ method, headers }: Caller): string | undefined {
  const { host = '', origin } = headers
  if (!ownHost.test(host)) return 'This is not the name of this server.'
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return 'Another page asks for this.'
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none' || isOpening(method, headers)) return undefined
  return 'Another page asks for this.'
}

/**
 * The file that opens the board redirects to it, which browsers report as cross-site. A page that is opened as a tab of
 * its own has nothing to tell but its own emptiness: it is not given to frames, and all data needs a key.
 */
const isOpening = (method: string, headers: IncomingHttpHeaders) =>
  method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'

/** On every answer, whatever it is. */
export const safeHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
} as const

export const linkMs = 60_000

const secret = () => randomBytes(32).toString('base64url')
/** Kept instead of the secret, so that looking one up tells nothing by its time. */
const digest = (text: string) => createHash('sha256').update(text).digest('base64')

/** Links, each good once and for a minute, and the keys that pages got for them. They end with this process. */
export function keyring(now: () => number = Date.now) {
  const links = new Map<string, number>()
  const keys = new Set<string>()
  return {
    /** What goes into the fragment of a link, which browsers do not send to any server. */
    link(): string {
      const token = secret()
      links.set(digest(token), now() + linkMs)
      return token
    },
    /** The key for a link's token; undefined if the token is unknown, used or too old. */
    exchange(token: string): string | undefined {
      const end = links.get(digest(token))
      links.delete(digest(token))
      if (end === undefined || now() >= end) return undefined
      const key = secret()
      keys.add(digest(key))
      return key
    },
    isKey: (key: string | string[] | undefined) => typeof key === 'string' && keys.has(digest(key)),
  }
}

export type Keyring = ReturnType<typeof keyring>
