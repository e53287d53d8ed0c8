import type { Request, Response } from 'express'
import type { Answer, Cookie } from './route.ts'

const largestUnwatched = 64 * 1024 // bytes: what the system's socket buffer takes at once
/** A client that reads nothing for this long is gone. */
export const stuckMs = 30_000

/**
 * Sends an answer that is not a stream. Gives up on a large one that the client does not read, because it is kept in
 * memory until then.
 */
export function sendAnswer(req: Request, res: Response, { status, headers, body, cookies }: Answer): void {
  if (cookies) setCookies(req, res, cookies)
  res.statusCode = status
  if (headers) for (const name in headers) res.setHeader(name, headers[name] ?? '')
  if (body === undefined || status === 204) {
    if (status !== 204) res.setHeader('content-length', 0)
    res.end()
    return
  }
  const text = JSON.stringify(body)
  if (!res.hasHeader('content-type')) res.setHeader('content-type', 'application/json; charset=utf-8')
  const bytes = Buffer.byteLength(text)
  res.setHeader('content-length', bytes)
  if (bytes > largestUnwatched) res.setTimeout(stuckMs, () => res.destroy())
  res.end(text)
}

function setCookies(req: Request, res: Response, cookies: readonly Cookie[]): void {
  const secure = !isLoopback(req.headers.host)
  for (const { name, value, path, maxAgeSeconds } of cookies) {
    const options = { path, httpOnly: true, sameSite: 'strict', secure } as const
    if (value === undefined) res.clearCookie(name, options)
    else res.cookie(name, value, { ...options, maxAge: maxAgeSeconds * 1_000 })
  }
}

/** Whether a Host header names this machine. From any other host, a browser stores no Secure cookie over plain HTTP. */
function isLoopback(host: string | undefined): boolean {
  const name = host?.toLowerCase().replace(/:\d+$/, '')
  return (
    name === 'localhost' ||
    name === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(name ?? '') ||
    (name?.endsWith('.localhost') ?? false)
  )
}

const none: Readonly<Record<string, string>> = Object.freeze({})

/** cookie-parser turns `j:{...}` into an object, which no handler or query expects: only text is kept. */
export function textCookies(cookies: Record<string, unknown> | undefined): Readonly<Record<string, string>> {
  let text = none
  for (const name in cookies) {
    const value = cookies[name]
    if (typeof value !== 'string' || value.includes('\0')) continue
    if (text === none) text = Object.create(null) as Record<string, string>
    ;(text as Record<string, string>)[name] = value
  }
  return text
}
