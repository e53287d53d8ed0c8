import type { Request } from 'express'
import { HttpError } from './errors.ts'

/**
 * Refuses a request that a page of another site makes a browser send. The browser adds cookies; SameSite withholds them
 * from other sites, but not from a neighbour below the same domain. A bearer token in the header is explicit, as no
 * page can have it added. Programs such as mgmt send none of these headers.
 */
export function refuseOtherSites(req: Pick<Request, 'headers' | 'host'>): void {
  const { authorization } = req.headers
  if (authorization !== undefined && isBearer.test(authorization)) return
  if (isFromElsewhere(req))
    throw new HttpError(403, 'foreign_origin', 'This request was sent by a page of another site.')
}

const isBearer = /^Bearer /i // a browser adds Basic and Negotiate by itself

function isFromElsewhere({ headers, host }: Pick<Request, 'headers' | 'host'>): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  // none: the user typed the address. The browser sets this header itself, whatever a proxy did to the host.
  if (site === 'same-origin' || site === 'none') return false
  if (site !== undefined) return true
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host.toLowerCase())
}
