import test from 'ava'
import { query } from '@docket/reconciliation/query.ts'
import { expectOnceHoweverKilled } from '@docket/test/support/killed-imports.ts'
import { aLoggedInOperator } from '@docket/test/support/operator.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

let stack: Stack
test.before(async () => {
  stack = await startStack()
})
test.after.always(() => stack?.stop())

test('an import that is killed at 200 random moments, and repeated, creates every order once', async t => {
  t.timeout(20 * 60_000)
  const sku = await stack.item('mug', 1_000_000_000, 1)
  await expectOnceHoweverKilled(t, await aLoggedInOperator(stack), {
    seed: Number(process.env.SEED || Math.floor(Date.now() / 86_400_000)),
    times: 200,
    withinMs: 1_200,
    rows: 60,
    sku,
    stored: async () =>
      (
        await query<{ quantity: number }>(
          stack.sources.orders,
          `SELECT (line ->> 'quantity')::int AS quantity FROM orders, jsonb_array_elements(lines) AS line
           WHERE line ->> 'sku' = '${sku}'`,
        )
      ).map(({ quantity }) => quantity),
  })
})
