import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { aDatabase } from '@docket/test/support/database.ts'
import { ledgerOf } from './ledger.ts'

const aRefund = '01900009-0000-7000-8000-000000000000'

const charges = Array.from({ length: 5 }, (_, n) => ({
  key: `0190000${n}-0000-7000-8000-000000000000`,
  outcome: n === 3 ? 'declined' : 'captured',
  amount: 100 * n,
  currency: 'EUR',
  refunded: n === 4,
  refunds:
    n === 2
      ? [
          { id: aRefund, outcome: 'refunded', amount: 50 },
          { id: aRefund, outcome: 'declined', amount: 50 },
        ]
      : [],
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
  return ledgerOf({ payments: url, provider })
}

test('the charges of a provider are listed to the last page', async t => {
  const { ledger, knowsExternalCharges } = await ledgerAt(t, await aProvider(t))
  t.true(knowsExternalCharges)
  t.deepEqual(
    [...ledger.values()].map(({ captured, refunds }) => [captured, refunds.length]),
    [
      [0, 0],
      [100, 0],
      [200, 1],
      [0, 0],
      [400, 1],
    ],
  )
  t.deepEqual(ledger.get(charges[4]?.key ?? ''), {
    captures: 1,
    captured: 400,
    currencies: ['EUR'],
    refunds: [{ id: undefined, amount: 400 }],
  })
  t.deepEqual(ledger.get(charges[2]?.key ?? '')?.refunds, [{ id: aRefund, amount: 50 }])
})

test('a provider without a list is known as such; one that does not answer is a failure', async t => {
  t.false((await ledgerAt(t, await aProvider(t, 404))).knowsExternalCharges)
  await t.throwsAsync(ledgerAt(t, await aProvider(t, 503)), { message: /answered 503/ })
})
