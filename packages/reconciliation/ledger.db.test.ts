import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { aDatabase } from '@docket/test/support/database.ts'
import { ledgerOf } from './ledger.ts'

const charges = Array.from({ length: 5 }, (_, n) => ({
  key: `0190000${n}-0000-7000-8000-000000000000`,
  outcome: n === 3 ? 'declined' : 'captured',
  amount: 100 * n,
  currency: 'EUR',
  refunded: n === 4,
}))

async function aProvider(t: ExecutionContext, status = 200): Promise<string> {
  const server = createServer((req, res) => {
    const from = Number(new URL(req.url ?? '', 'http://provider').searchParams.get('cursor') ?? 0)
    const next = from + 2 < charges.length ? { next: String(from + 2) } : {}
    res.writeHead(status, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ charges: charges.slice(from, from + 2), ...next }))
  }).listen(0)
  await once(server, 'listening')
  t.teardown(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function ledgerAt(t: ExecutionContext, provider: string) {
  const { url } = await aDatabase(t, 'payment-service')
  return ledgerOf({ orders: '', inventory: '', payments: url, shipping: '', kafkaBrokers: [], provider })
}

test('the charges of a provider are listed to the last page', async t => {
  const { ledger, knowsExternalCharges } = await ledgerAt(t, await aProvider(t))
  t.true(knowsExternalCharges)
  t.deepEqual(
    [...ledger.values()].map(({ captured, refunded }) => captured - refunded),
    [0, 100, 200, 0, 0],
  )
  t.deepEqual(ledger.get(charges[4]?.key ?? ''), {
    captures: 1,
    refunds: 1,
    captured: 400,
    refunded: 400,
    currencies: ['EUR'],
  })
})

test('a provider without a list is known as such; one that does not answer is a failure', async t => {
  t.false((await ledgerAt(t, await aProvider(t, 404))).knowsExternalCharges)
  await t.throwsAsync(ledgerAt(t, await aProvider(t, 503)), { message: /answered 503/ })
})
