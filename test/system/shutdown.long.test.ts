import test from 'ava'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { goesOnAfter } from '@docket/test/support/scenarios/shutdown.ts'

let stack: Stack
test.before(async () => {
  stack = await startStack()
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

for (const server of ['mariadb', 'kafka'] as const) {
  test.serial(
    `while ${server} is unavailable nothing ends; what needs it answers 503, and when it is back all goes on`,
    async t => {
      t.timeout(120_000)
      await goesOnAfter(t, stack, server)
    },
  )
}
