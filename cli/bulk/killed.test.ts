import test from 'ava'
import { expectOnceHoweverKilled } from '@docket/test/support/killed-imports.ts'
import { json, loggedIn } from '@docket/test/support/mgmt-process.ts'
import { slow } from '@docket/test/support/slow.ts'

test('an import that is killed at random moments, and repeated, creates every order once', async t => {
  t.timeout(120_000)
  slow(t, 10, 'an import runs a dozen times; imports.long.test.ts does it against a database')
  const orders = new Map<string, number>()
  const setup = await loggedIn(t, async (req, res) => {
    let text = ''
    for await (const chunk of req) text += chunk
    const { lines } = JSON.parse(text) as { lines: [{ quantity: number }] }
    const key = String(req.headers['idempotency-key'])
    orders.set(key, lines[0].quantity)
    setTimeout(() => json(res, 201, { id: key }), 10)
  })
  await expectOnceHoweverKilled(t, setup, {
    seed: 4,
    times: 8,
    rows: 60,
    sku: 'mug',
    stored: () => Promise.resolve([...orders.values()]),
  })
})
