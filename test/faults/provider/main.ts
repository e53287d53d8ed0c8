/**
 * A payment provider as a process of its own: keeps a ledger file that it only appends to, knows every idempotency key,
 * and misbehaves as it is told. It is another company's program: it shares nothing with payment-service but the
 * interface.
 *   node test/faults/provider/main.ts PORT LEDGER_FILE
 * A token may say how its charge is answered: tok_json_404, tok_html_403, tok_empty_400 (any status), tok_stored_500 (the
 * same key gets it again), tok_broken_body, tok_slow_body; or its refunds: tok_refund_declined (under the first key),
 * tok_refund_timeout (the first answer is lost), tok_refund_stored_500 (the first key gets it again and again).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Behaviour } from './behaviour.ts'
import { openLedger, type Charge } from './ledger.ts'

const declines: Record<string, string> = { tok_declined: 'card_declined', tok_insufficient_funds: 'insufficient_funds' }
const failuresWhenUnavailable = 2
const hangMs = 45_000
const pageSize = 100

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

function list(response: ServerResponse, query: URLSearchParams): void {
  if (behaviour.listsNothing) return reply(response, 404, { error: 'this provider lists no charges' })
  const from = Number(query.get('cursor') ?? 0)
  const found = ledger.since(query.get('since') ?? '')
  const charges = found.slice(from, from + pageSize).map(([key, { outcome, amount, currency, isRefunded, at }]) => ({
    key,
    outcome,
    amount,
    currency,
    refunded: isRefunded,
    refunds: ledger.refundsOf(key).map(one => ({ id: one.id, outcome: one.outcome, amount: one.amount, at: one.at })),
    at,
  }))
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
  const failed = failures.get(payment) ?? 0 // by payment, because it may return under another key
  if (token === 'tok_unavailable' && failed < failuresWhenUnavailable) {
    failures.set(payment, failed + 1)
    return reply(response, 503, { error: 'try again' })
  }
  const known = ledger.find(key)
  if (known && known.amount !== amount) return reply(response, 409, { error: 'this key stands for another amount' })
  if (!known) {
    const reason = declines[token] ?? (token.startsWith('tok_') ? undefined : 'unknown_card')
    ledger.append({ act: reason === undefined ? 'capture' : 'decline', key, amount, currency, token, reason })
  }
  await finish(response, known ? '' : token, 200, answered(key, ledger.find(key) as Charge))
}

/** The release before sends neither key nor body: it wants all that is left to go back. */
async function refundWhole(request: IncomingMessage, response: ServerResponse, charge: string): Promise<void> {
  const refundKey = request.headers['idempotency-key'] as string | undefined
  const { refund } = JSON.parse((await textOf(request)) || '{}') as { refund?: string }
  const known = ledger.find(charge)
  if (known?.outcome !== 'captured') return reply(response, 404, { error: 'nothing was captured under this key' })
  if (refundKey !== undefined && misrefunds(response, charge, known, { key: refundKey, refund, amount: known.amount }))
    return
  const amount = ledger.leftOf(charge)
  if (amount > 0)
    ledger.append({ act: 'refund', key: charge, amount, currency: known.currency, refund, refundKey, isWhole: true })
  await finish(response, lostOnce(known, refundKey), 200, { outcome: 'refunded' })
}

async function refundPart(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const key = String(request.headers['idempotency-key'] ?? '')
  const { charge, refund, amount } = JSON.parse(await textOf(request)) as {
    charge: string
    refund: string
    amount: number
  }
  const of = ledger.find(charge)
  if (of?.outcome !== 'captured') return reply(response, 404, { error: 'nothing was captured under this key' })
  if (!key || !refund || !Number.isSafeInteger(amount) || amount <= 0)
    return reply(response, 422, { error: 'Idempotency-Key, refund and amount are needed' })
  if (misrefunds(response, charge, of, { key, refund, amount })) return
  const known = ledger.findRefund(key)
  if (known && known.amount !== amount) return reply(response, 409, { error: 'this key stands for another amount' })
  if (!known && amount > ledger.leftOf(charge)) return reply(response, 422, { reason: 'exceeds_charge' })
  if (!known) ledger.append({ act: 'refund', key: charge, amount, currency: of.currency, refund, refundKey: key })
  await finish(response, lostOnce(of, key), 200, { outcome: 'refunded' })
}

const lostRefunds = new Set<string>()

/** The token with which `finish` loses the answer, the first time that it is given. */
function lostOnce({ token }: Charge, key = ''): string {
  if (token !== 'tok_refund_timeout' || lostRefunds.has(key)) return ''
  lostRefunds.add(key)
  return 'tok_timeout'
}

/** A key that was declined, or failed, gets the same answer again. */
function misrefunds(
  response: ServerResponse,
  charge: string,
  { currency, token }: Charge,
  { key, refund, amount }: { key: string; refund: string | undefined; amount: number },
): boolean {
  const known = ledger.findRefund(key)
  if (known?.outcome === 'refunded') return false
  const isFirstKey = key === refund
  const fails = (token === 'tok_refund_stored_500' && isFirstKey) || chance(behaviour.failsRefunds)
  if (storedFailures.has(key) || fails) {
    storedFailures.add(key)
    reply(response, 500, { error: 'something went wrong under this key' })
    return true
  }
  const declines = (token === 'tok_refund_declined' && isFirstKey) || chance(behaviour.declinesRefunds)
  if (!known && !declines) return false
  const reason = known?.reason ?? 'account_closed'
  if (!known) ledger.append({ act: 'decline', key: charge, amount, currency, refund, refundKey: key, reason })
  reply(response, 200, { outcome: 'declined', reason })
  return true
}

function showRefund(response: ServerResponse, key: string): void {
  const known = ledger.findRefund(key)
  if (!known) return reply(response, 404, { error: 'no such refund' })
  const { outcome, reason } = known
  reply(response, 200, outcome === 'refunded' ? { outcome } : { outcome, reason })
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
  if (kind !== 'charges' && kind !== 'refunds') return reply(response, 404, { error: 'charges live at /charges' })
  if (behaviour.slowMs) await pause(behaviour.slowMs * (0.5 + Math.random()))
  if (chance(behaviour.hangs)) await pause(hangMs)
  if (chance(behaviour.fails)) return reply(response, 500, { error: 'something went wrong' })
  if (kind === 'refunds')
    return request.method === 'POST' ? refundPart(request, response) : showRefund(response, key ?? '')
  if (request.method === 'POST' && key === undefined) return charge(request, response)
  if (request.method === 'POST' && verb === 'refund') return refundWhole(request, response, key ?? '')
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
server.listen(Number(process.argv[2]), '127.0.0.1', () =>
  console.log(`provider listens at ${(server.address() as AddressInfo).port}`),
)
process.on('SIGTERM', () => {
  ledger.close()
  process.exit(0)
})
