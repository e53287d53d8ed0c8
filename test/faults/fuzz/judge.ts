import type { Endpoint } from './endpoints.ts'
import type { FuzzRequest } from './requests.ts'
import type { Received } from './send.ts'

// Internals must not leak into an answer.
const innards = new RegExp(
  [
    /node_modules|\.ts:\d|\n\s+at [\w.<> ]+\(|\/src\//,
    /SELECT [\w*, ]+ FROM|INSERT INTO|ER_[A-Z]+_|SQLSTATE/,
    /syntax error|invalid input syntax|(postgres|mysql):\/\/|ECONN[A-Z]+/,
  ]
    .map(part => part.source)
    .join('|'),
)

const fullHeaders = 12_000 // characters; Node accepts 16 KiB

export function wrongWith(request: FuzzRequest, answer: Received): string[] {
  const { endpoint } = request
  const { status, text, headers } = answer
  const isProblem = status >= 400 && String(headers['content-type']).startsWith('application/problem+json')
  const early = isBeforeTheRoute(request, status)
  const found = early
    ? wrongProblem(parsed(text), answer)
    : [
        ...(isOfAnotherSite(request, answer) ? [] : wrongStatus(request, answer)),
        ...wrongBody(endpoint, answer, isProblem),
      ]
  if (isProblem || status >= 400) {
    const leak = innards.exec(text)
    if (leak) found.push(`the problem tells of our insides: ${leak[0]}`)
  } else if (/\n\s+at \S+ \(|node_modules/.test(text)) found.push('a stack trace is in the body')
  return found
}

function wrongStatus({ endpoint, person }: FuzzRequest, { status, text }: Received): string[] {
  if (status >= 500 && status !== 503) return [`${status}, an error of ours`]
  if (status === 429) return [] // any caller may be refused, and the table limits how often
  if (endpoint.needs === 'signature') return status < 400 ? [`${person} got ${status} without a signature`] : []
  const known = person === 'customer' || person === 'other customer' || person === 'operator'
  if (endpoint.needs !== 'anonymous' && !known && status !== 401) return [`${person} got ${status} instead of 401`]
  if (endpoint.needs !== 'anonymous' && known && status === 401) return [`${person} got 401`]
  if (endpoint.needs === 'operator' && person !== 'operator' && known && status !== 403)
    return [`${person} got ${status} instead of 403`]
  if (status === 403 && person === 'operator' && codeOf(text) === 'wrong_role')
    return ['the operator has the wrong role']
  return []
}

/** As the page of another site sends it, any caller must be refused. */
function isOfAnotherSite({ endpoint, headers }: FuzzRequest, { status, text }: Received): boolean {
  const isFromAPage = ['origin', 'sec-fetch-site'].some(name => headers[name] !== undefined)
  return status === 403 && codeOf(text) === 'foreign_origin' && isFromAPage && endpoint.method !== 'GET'
}

/**
 * Whether the HTTP server itself refused it: too many headers, an invalid host, or a path that is not ASCII or not
 * UTF-8.
 */
function isBeforeTheRoute({ path, headers }: FuzzRequest, status: number): boolean {
  if (status === 431) return path.length + JSON.stringify(headers).length > fullHeaders
  if (status === 400) return headers.host !== undefined || /[^\x20-\x7e]/.test(path)
  return status === 422 && !isDecodable(path.split('?')[0] ?? '')
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function wrongBody(endpoint: Endpoint, answer: Received, isProblem: boolean): string[] {
  const { status, headers, text } = answer
  const described = endpoint.answers.get(status)
  if (!endpoint.answers.has(status)) return [`${status} is not described in openapi.json`]
  if (!described) return text === '' ? [] : [`${status} has a body, none is described`]
  const type = String(headers['content-type'])
  if (!type.startsWith(described.type)) return [`${status} has the type ${type}, described is ${described.type}`]
  if (!described.type.includes('json')) return []
  const body = parsed(text)
  if (body === undefined) return [`${status} has a body that is no JSON`]
  const isAsDescribed = described.check(body)
  const errors = (described.check.errors ?? [])
    .map(({ instancePath, message }) => `${instancePath} ${message}`)
    .join('; ')
  const unlike = isAsDescribed ? [] : [`the body of ${status} is not as described: ${errors}`]
  return status >= 400 && isProblem ? [...unlike, ...wrongProblem(body, answer)] : unlike
}

const codeOf = (text: string) => ((parsed(text) ?? {}) as { code?: unknown }).code

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function wrongProblem(body: unknown, { status, headers }: Received): string[] {
  const { code, requestId, status: reported } = (body ?? {}) as Record<string, unknown>
  const found: string[] = []
  if (typeof code !== 'string' || code === '') found.push(`the problem of ${status} has no code`)
  if (typeof requestId !== 'string' || requestId === '') found.push(`the problem of ${status} has no requestId`)
  // a replayed answer has the id of the first one
  const own = headers['idempotency-replayed'] === undefined ? headers['x-request-id'] : undefined
  if (own !== undefined && own !== requestId) found.push('the requestId is not the x-request-id of the answer')
  if (reported !== status) found.push(`the problem says ${String(reported)}, the answer is ${status}`)
  if ((status === 429 || status === 503) && headers['retry-after'] === undefined)
    found.push(`${status} without Retry-After`)
  return found
}
