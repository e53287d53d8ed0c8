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

test.serial(
  'while mariadb is unavailable nothing ends; what needs it answers 503, and when it is back all goes on',
  async t => {
    t.timeout(120_000)
    await goesOnAfter(t, stack, 'mariadb')
  },
)

test.serial(
  'while kafka is unavailable nothing ends, services stay ready and orders can be created; when it is back all goes on',
  async t => {
    t.timeout(120_000)
    await goesOnAfter(t, stack, 'kafka')
  },
)
