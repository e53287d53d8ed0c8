import test from 'ava'
import { anOperatorsPlace, type Place } from '@docket/test/support/operator.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { isNamedWhileAway } from './outages.ts'

// What the command line says while something is away. outages.long.test.ts has the other services and servers.

let stack: Stack
let place: Place
test.before(async () => {
  stack = await startStack()
  place = await anOperatorsPlace(stack)
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.audit(), [])
})

const slowMs = 400_000 // servers are stopped and started

test.serial('while order-service is away, status and doctor name it and end with 5', async t => {
  t.timeout(slowMs)
  slow(t, 12, 'a consumer that was killed is a member of its group until its session of 10 s is over')
  await isNamedWhileAway(t, stack, place, 'order-service')
})

test.serial('while postgres is away, status and doctor name it and end with 5', async t => {
  t.timeout(slowMs)
  await isNamedWhileAway(t, stack, place, 'postgres')
})
