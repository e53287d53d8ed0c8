import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { httpProvider } from './provider.http.ts'
import { ProviderError } from './provider.ts'

const charge = {
  key: '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23',
  paymentId: '01981b2c-7d3e-7a10-8c4f-000000000000',
  amount: 900,
  currency: 'EUR',
  token: 'tok_ok',
}

async function aProvider(t: ExecutionContext, answer: RequestListener) {
  const requests: { method: string | undefined; url: string | undefined; key: unknown; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, key: request.headers['idempotency-key'], body })
      answer(request, response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { ...httpProvider(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), requests }
}

const saying =
  (status: number, body: string): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)

test('a charge goes out under its key, and names the payment', async t => {
  const provider = await aProvider(t, saying(200, '{"outcome":"captured","reference":"r1"}'))
  t.deepEqual(await provider.charge(charge), { outcome: 'captured', reference: 'r1' })
  t.deepEqual(provider.requests, [
    {
      method: 'POST',
      url: '/charges',
      key: charge.key,
      body: `{"amount":900,"currency":"EUR","token":"tok_ok","payment":"${charge.paymentId}"}`,
    },
  ])
})

test('a declined card says why', async t => {
  const provider = await aProvider(t, saying(200, '{"outcome":"declined","reason":"card_declined"}'))
  t.deepEqual(await provider.charge(charge), { outcome: 'declined', reason: 'card_declined' })
})

test('a charge that the provider does not know was never made', async t => {
  const provider = await aProvider(t, saying(404, '{}'))
  t.deepEqual(await provider.find(charge.key), { outcome: 'unknown' })
})

for (const [what, answer] of [
  ['a 500', saying(500, '{}')],
  ['a 429', saying(429, '{}')],
  ['a connection that breaks', (request => request.socket.destroy()) as RequestListener],
] as const) {
  test(`${what} is an unavailable provider: the outcome of the charge is unknown`, async t => {
    const provider = await aProvider(t, answer)
    await t.throwsAsync(provider.charge(charge), { instanceOf: ProviderError })
  })
}

for (const [what, answer] of [
  ['no JSON', saying(200, 'hello')],
  ['an unknown outcome', saying(200, '{"outcome":"perhaps"}')],
  ['a refusal', saying(422, '{}')],
] as const) {
  test(`${what} never counts as a charge`, async t => {
    const provider = await aProvider(t, answer)
    await t.throwsAsync(provider.charge(charge))
  })
}

test('a 404 that is a page, or nothing, is not the provider: the charge may have been made', async t => {
  for (const text of ['<html>not here</html>', '']) {
    const provider = await aProvider(t, saying(404, text))
    await t.throwsAsync(provider.find(charge.key), { instanceOf: ProviderError })
  }
})

test('a provider without a listener was sent no charge', async t => {
  const { port } = await new Promise<AddressInfo>(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address() as AddressInfo
      server.close(() => resolve(address))
    })
  })
  const error = await t.throwsAsync<ProviderError>(httpProvider(`http://127.0.0.1:${port}`).charge(charge))
  t.is(error?.trouble.kind, 'not_sent')
})

test('a body that breaks off leaves open what became of the charge', async t => {
  const provider = await aProvider(t, (_, response) => {
    response.writeHead(422, { 'content-type': 'application/json', 'content-length': '100' }).write('{"reason":"no')
    setImmediate(() => response.destroy())
  })
  const error = await t.throwsAsync<ProviderError>(provider.charge(charge))
  t.is(error?.trouble.kind, 'not_known')
})

const refund = {
  key: '01981b2c-8000-7d43-9f72-5e901b2c3d56-2',
  refundId: '01981b2c-8000-7d43-9f72-5e901b2c3d56',
  chargeKey: charge.key,
  amount: 300,
  currency: 'EUR',
  isWhole: false,
}
const whole = { ...refund, amount: 900, isWhole: true }

for (const [what, of, url] of [
  ['a part of a charge', refund, '/refunds'],
  ['a whole charge', whole, `/charges/${charge.key}/refund`],
] as const)
  test(`${what} is refunded under its key, and names charge and refund`, async t => {
    const provider = await aProvider(t, saying(200, '{"outcome":"refunded"}'))
    t.deepEqual(await provider.refund(of), { outcome: 'refunded' })
    const body = `{"charge":"${charge.key}","amount":${of.amount},"currency":"EUR","refund":"${refund.refundId}"}`
    t.deepEqual(provider.requests, [{ method: 'POST', url, key: refund.key, body }])
  })

test('a provider that refunds whole charges only may answer with any body; a part needs an outcome', async t => {
  const provider = await aProvider(t, saying(200, '{}'))
  t.deepEqual(await provider.refund(whole), { outcome: 'refunded' })
  await t.throwsAsync(provider.refund(refund), { instanceOf: ProviderError })
})

test('a declined refund says why, when it is asked for and when it is looked up', async t => {
  const provider = await aProvider(t, saying(200, '{"outcome":"declined","reason":"account_closed"}'))
  for (const answer of [provider.refund(refund), provider.refund(whole), provider.findRefund(refund.key)])
    t.deepEqual(await answer, { outcome: 'declined', reason: 'account_closed' })
})

test('a refund is looked up by its key; one that the provider does not know was never made', async t => {
  const provider = await aProvider(t, saying(404, '{}'))
  t.deepEqual(await provider.findRefund(refund.key), { outcome: 'unknown' })
  t.is(provider.requests[0]?.url, `/refunds/${refund.key}`)
})

test('a refund that the provider refuses is no refund', async t => {
  const provider = await aProvider(t, saying(404, '{}'))
  for (const one of [refund, whole]) await t.throwsAsync(provider.refund(one), { message: /cannot be refunded/ })
})
