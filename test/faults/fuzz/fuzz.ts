import fc from 'fast-check'
import { messageOf } from '@docket/foundation/errors.ts'
import type { Endpoint } from './endpoints.ts'
import type { Fixtures } from './fixtures.ts'
import { wrongWith } from './judge.ts'
import type { HeadersFor } from './people.ts'
import { lastOrder, requestsTo, type FuzzRequest } from './requests.ts'
import { send, type Received, type Sent } from './send.ts'

export interface Plan {
  endpoints: Endpoint[]
  seed: number
  requests: number
  /** When to end in any case, by the monotonic clock. */
  untilMs: number
  signal: AbortSignal
  fixtures: Fixtures
  headersFor: HeadersFor
  print(text: string): void
}

export interface Finding {
  what: string
  seed: number
  kind: string
  person: string
  reproduction: string
  times: number
}

export interface Outcome {
  tallies: Map<string, Map<string, number>>
  findings: Map<string, Finding>
}

const inFlight = 24
const perBatch = 1_000
const enough = 200 // different findings; what is so wrong needs no more requests

export async function fuzz(plan: Plan): Promise<Outcome> {
  const outcome: Outcome = { tallies: new Map(), findings: new Map() }
  const arbitrary = anyRequest(plan)
  const startedMs = performance.now()
  const isOver = () => plan.signal.aborted || performance.now() > plan.untilMs || outcome.findings.size >= enough
  let lastMade: string = lastOrder
  const work = async (request: FuzzRequest, seed: number) => {
    const sent = sentOf(request, plan, lastMade)
    try {
      const answer = await send(sent)
      lastMade = orderIn(request, answer) ?? lastMade
      keepRefreshToken(plan.fixtures.refreshTokens, sent, answer)
      count(outcome.tallies, request.endpoint.name, String(answer.status))
      for (const what of wrongWith(request, answer)) note(outcome.findings, what, request, seed, sent, answer)
    } catch (error) {
      count(outcome.tallies, request.endpoint.name, 'none')
      note(outcome.findings, `no answer: ${messageOf(error)}`, request, seed, sent, undefined)
    }
  }
  for (let done = 0; done < plan.requests && !isOver(); done += perBatch) {
    const seed = plan.seed + done / perBatch
    const queue = fc.sample(arbitrary, { seed, numRuns: Math.min(perBatch, plan.requests - done) })
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        for (let request = queue.pop(); request && !isOver(); request = queue.pop()) await work(request, seed)
      }),
    )
    progress(plan, done + perBatch, startedMs, outcome.findings.size)
  }
  return outcome
}

function progress({ requests, print }: Plan, done: number, startedMs: number, findings: number): void {
  if (done % 5_000 !== 0 && done < requests) return
  const seconds = (performance.now() - startedMs) / 1_000
  print(
    `${Math.min(done, requests)} requests in ${seconds.toFixed(0)} s, ${(done / seconds).toFixed(0)} a second, ${findings} findings`,
  )
}

const weightOf = ({ template, method }: Endpoint) => {
  if (/^\/(livez|readyz|openapi\.json)$/.test(template)) return 1
  if (template === '/orders' && method === 'POST') return 8
  return template.endsWith('/stream') || template === '/signup' ? 4 : 16
}

const anyRequest = ({ endpoints, fixtures }: Plan): fc.Arbitrary<FuzzRequest> =>
  fc.oneof(
    ...endpoints.map(endpoint => ({
      weight: weightOf(endpoint),
      arbitrary: requestsTo(endpoint, fixtures.knownAt(endpoint)),
    })),
  )

function withRefreshToken(sent: Sent, { endpoint: { template } }: FuzzRequest, { refreshTokens }: Fixtures): Sent {
  const hex = /[\da-f]{3}/.exec(String(sent.headers['idempotency-key']))?.[0]
  const token =
    hex && template === '/refresh' ? refreshTokens[Number.parseInt(hex, 16) % refreshTokens.length] : undefined
  return token && !('cookie' in sent.headers)
    ? { ...sent, headers: { ...sent.headers, cookie: `refresh_token=${token}` } }
    : sent
}

function keepRefreshToken(
  tokens: string[],
  { path, headers }: Sent,
  { status, headers: { 'set-cookie': cookies } }: Received,
): void {
  if (!path.startsWith('/refresh') || status !== 200) return
  const index = tokens.indexOf(String(headers.cookie).replace('refresh_token=', ''))
  const next = [cookies ?? []]
    .flat()
    .map(cookie => /^refresh_token=([^;]+)/.exec(cookie)?.[1])
    .find(Boolean)
  if (index >= 0 && next) tokens[index] = next
}

function sentOf(request: FuzzRequest, { headersFor, fixtures }: Plan, lastMade: string): Sent {
  const { endpoint, person, way, path, headers, body, from } = request
  const who = headersFor(person, way, endpoint.template === '/logout')
  const replaced = path.replace(lastOrder, lastMade)
  return withRefreshToken(
    { url: endpoint.url, method: endpoint.method, path: replaced, headers: { ...who, ...headers }, body, from },
    request,
    fixtures,
  )
}

function orderIn({ endpoint, person }: FuzzRequest, { status, headers }: Received): string | undefined {
  if (status !== 201 || endpoint.service !== 'order-service' || person !== 'customer') return undefined
  return String(headers.location).split('/').at(-1)
}

function count(tallies: Outcome['tallies'], name: string, status: string): void {
  const tally = tallies.get(name) ?? new Map<string, number>()
  tally.set(status, (tally.get(status) ?? 0) + 1)
  tallies.set(name, tally)
}

function note(
  findings: Outcome['findings'],
  what: string,
  request: FuzzRequest,
  seed: number,
  sent: Sent,
  answer: Received | undefined,
): void {
  const key = `${request.endpoint.name}: ${what.slice(0, 120)}`
  const known = findings.get(key)
  if (known) {
    known.times++
    return
  }
  const reproduction = `${curl(sent)}\n    -> ${answer?.status ?? 'nothing'} ${answer?.text.slice(0, 400) ?? ''}`
  findings.set(key, { what, seed, kind: request.kind, person: request.person, times: 1, reproduction })
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`).slice(0, 2_000)}'`

function curl({ url, method, path, headers, body }: Sent): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map(one => `-H ${quoted(`${name}: ${one}`)}`),
  )
  const data =
    body === undefined
      ? []
      : [`--data-binary ${quoted(typeof body === 'string' ? body : `(hex) ${body.toString('hex')}`)}`]
  return [`curl -i --path-as-is -X ${method}`, ...lines, ...data, quoted(url + path)].join(' ')
}
