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

const parts = 10
const seed = Number(process.env.SEED || Math.floor(Date.now() / 86_400_000) * parts)

for (let part = 0; part < parts; part++)
  test.serial(
    `an import that is killed at random moments, and repeated, creates every order once: 20 of 200, seed ${seed + part}`,
    async t => {
      t.timeout(7 * 60_000)
      const sku = await stack.item('mug', 1_000_000_000, 1)
      await expectOnceHoweverKilled(t, await aLoggedInOperator(stack), {
        seed: seed + part,
        times: 20,
        rows: 30,
        sku,
        stored: async () =>
          (
            await query<{ quantity: number }>(
              stack.sources.orders,
              `SELECT (line ->> 'quantity')::int AS quantity FROM orders, jsonb_array_elements(lines) AS line
             WHERE line ->> 'sku' = $1`,
              [sku],
            )
          ).map(({ quantity }) => quantity),
      })
    },
  )
