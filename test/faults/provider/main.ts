/**
 * A payment provider as a process of its own: keeps a ledger file that it only appends to, knows every idempotency key,
 * and misbehaves as it is told. It is another company's program: it shares nothing with payment-service but the
 * interface.
 *   node test/faults/provider/main.ts PORT LEDGER_FILE
 * A token may say how its charge is answered: tok_json_404, tok_html_403, tok_empty_400 (any status), tok_stored_500 (the
 * same key gets it again), tok_broken_body, tok_slow_body.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Behaviour } from './behaviour.ts'

interface Charge {
  outcome: 'captured' | 'declined'
  amount: number
  currency: string
  at: string
  reason?: string
  refunded: boolean
}

const declines: Record<string, string> = { tok_declined: 'card_declined', tok_insufficient_funds: 'insufficient_funds' }
const failuresWhenUnavailable = 2
const hangMs = 45_000
const pageSize = 100

function openLedger(file: string) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const charges = new Map<string, Charge>()
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  for (const line of lines.filter(text => text.endsWith('}'))) {
    const { at, act, key, amount, currency, reason } = JSON.parse(line) as {
      at: string
      act: string
      key: string
      amount: number
      currency: string
      reason?: string
    }
    const known = charges.get(key)
    if (act === 'refund' && known) known.refunded = true
    else
      charges.set(key, {
        outcome: act === 'capture' ? 'captured' : 'declined',
        amount,
        currency,
        at,
        ...(reason !== undefined && { reason }),
        refunded: false,
      })
  }
  const descriptor = openSync(file, 'a')
  if (lines.at(-1)) writeSync(descriptor, '\n') // half a line, left by a kill: it stands for nothing
  const append = (entry: object) =>
    void writeSync(descriptor, `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`)
  return {
    find: (key: string) => charges.get(key),
    since: (mark: string) => [...charges].filter(([, { at }]) => at >= mark),
    charge(key: string, amount: number, currency: string, token: string): Charge {
      const at = new Date().toISOString()
      const reason = declines[token] ?? (token.startsWith('tok_') ? undefined : 'unknown_card')
      const charge: Charge =
        reason === undefined
          ? { outcome: 'captured', amount, currency, at, refunded: false }
          : { outcome: 'declined', amount, currency, at, reason, refunded: false }
      append({
        act: reason === undefined ? 'capture' : 'decline',
        key,
        amount,
        currency,
        ...(reason !== undefined && { reason }),
      })
      charges.set(key, charge)
      return charge
    },
    refund(key: string, charge: Charge) {
      if (charge.refunded) return
      append({ act: 'refund', key, amount: charge.amount, currency: charge.currency })
      charge.refunded = true
    },
    close: () => closeSync(descriptor),
  }
}

const ledger = openLedger(process.argv[3] ?? '')
const failures = new Map<string, number>()
let behaviour: Behaviour = {}

const chance = (probability: number | undefined) => Math.random() < (probability ?? 0)
const answered = (key: string, { outcome, reason }: Charge) =>
  outcome === 'captured' ? { outcome, reference: `ext_${key.replaceAll('-', '').slice(-16)}` } : { outcome, reason }

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function finish(response: ServerResponse, token: string, status: number, body: object): Promise<void> {
  if (token === 'tok_timeout' || chance(behaviour.losesAnswers)) return void response.destroy()
  reply(response, status, body)
}

const storedFailures = new Set<string>()

async function misanswers(response: ServerResponse, key: string, token: string): Promise<boolean> {
  const [, body, status] = /^tok_(json|html|empty)_([45]\d\d)$/.exec(token) ?? []
  const told = status === undefined ? behaviour.answers : { status: Number(status), body, retryAfter: undefined }
  if (token === 'tok_stored_500' && (storedFailures.size === 0 || storedFailures.has(key))) {
    storedFailures.add(key)
    reply(response, 500, { error: 'something went wrong under this key' })
  } else if (token === 'tok_broken_body') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '80' }).write('{"outcome":"capt')
    setTimeout(() => response.destroy(), 10)
  } else if (token === 'tok_slow_body') {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"outcome"')
    setTimeout(() => response.destroy(), hangMs)
  } else if (told) {
    const type = told.body === 'html' ? 'text/html' : 'application/json'
    const text = { html: `<html><h1>${told.status}</h1></html>`, empty: '' }[told.body ?? ''] ?? '{"error":"no"}'
    response
      .writeHead(told.status, { 'content-type': type, ...(told.retryAfter && { 'retry-after': told.retryAfter }) })
      .end(text)
  } else return false
  return true
}

/** What was charged since a mark, oldest first, in pages. */
function list(response: ServerResponse, query: URLSearchParams): void {
  if (behaviour.listsNothing) return reply(response, 404, { error: 'this provider lists no charges' })
  const from = Number(query.get('cursor') ?? 0)
  const found = ledger.since(query.get('since') ?? '')
  const charges = found
    .slice(from, from + pageSize)
    .map(([key, { outcome, amount, currency, refunded, at }]) => ({ key, outcome, amount, currency, refunded, at }))
  reply(response, 200, { charges, ...(found.length > from + pageSize && { next: String(from + pageSize) }) })
}

async function charge(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const key = String(request.headers['idempotency-key'] ?? '')
  const { payment, amount, currency, token } = JSON.parse(await textOf(request)) as {
    payment: string
    amount: number
    currency: string
    token: string
  }
  if (await misanswers(response, key, token)) return
  if (!key || !Number.isSafeInteger(amount))
    return reply(response, 422, { error: 'Idempotency-Key and amount are needed' })
  const failed = failures.get(payment) ?? 0 // by payment: it may come back under another key
  if (token === 'tok_unavailable' && failed < failuresWhenUnavailable) {
    failures.set(payment, failed + 1)
    return reply(response, 503, { error: 'try again' })
  }
  const known = ledger.find(key)
  if (known && known.amount !== amount) return reply(response, 409, { error: 'this key stands for another amount' })
  await finish(response, known ? '' : token, 200, answered(key, known ?? ledger.charge(key, amount, currency, token)))
}

async function refund(key: string, response: ServerResponse): Promise<void> {
  const known = ledger.find(key)
  if (known?.outcome !== 'captured') return reply(response, 404, { error: 'nothing was captured under this key' })
  ledger.refund(key, known)
  await finish(response, '', 200, { refunded: true })
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const [, kind, key, verb] = path.split('/')
  if (kind === 'behaviour' && request.method === 'PUT') {
    behaviour = JSON.parse(await textOf(request)) as Behaviour
    return reply(response, 200, behaviour)
  }
  if (kind !== 'charges') return reply(response, 404, { error: 'charges live at /charges' })
  if (behaviour.slowMs) await pause(behaviour.slowMs * (0.5 + Math.random()))
  if (chance(behaviour.hangs)) await pause(hangMs)
  if (chance(behaviour.fails)) return reply(response, 500, { error: 'something went wrong' })
  if (request.method === 'POST' && key === undefined) return charge(request, response)
  if (request.method === 'POST' && verb === 'refund') return refund(key ?? '', response)
  if (key === undefined) return list(response, new URLSearchParams(query))
  const known = ledger.find(key)
  return known ? reply(response, 200, answered(key, known)) : reply(response, 404, { error: 'no such charge' })
}

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    if (!response.headersSent) reply(response, 400, { error: String(error) })
  })
})
server.keepAliveTimeout = 30_000
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('provider listens'))
process.on('SIGTERM', () => {
  ledger.close()
  process.exit(0)
})
