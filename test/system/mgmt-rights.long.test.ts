import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Client } from '@docket/test/support/client.ts'
import { mgmt } from '@docket/test/support/mgmt-process.ts'
import { byCommand, caseOf } from '@docket/test/support/mgmt-samples.ts'
import { callers, expected, homesOn } from '@docket/test/support/scenarios/mgmt-rights.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

let stack: Stack
let owner: Client
let other: Client
let sku: string
let order: string
test.before(async () => {
  stack = await startStack({ 'user-service': { PRODUCES_FROM: '0.2.0' } }) // so that the role observer exists
  ;[owner, other] = await Promise.all([stack.customer(), stack.customer()])
  sku = await stack.item('mug', 1_000)
  order = (await stack.end(await stack.order(owner, { [sku]: 1 }))).id
})
test.after.always(() => stack?.stop())

for (const [command, samples] of byCommand(() => true))
  test.serial(`mgmt ${command} does for each caller what the caller may do, and no more`, async t => {
    t.timeout(120_000)
    const homeOf = homesOn(stack, owner, other)
    const { username } = await stack.customer()
    const there = {
      ORDER: order,
      SKU: sku,
      USERNAME: username,
      TOPIC: 'order-events',
      BROKERS: stack.at.kafka,
      LETTER: 'order-events/0/999999',
    }
    for (const sample of samples)
      for (const caller of callers) {
        const home = await homeOf(caller)
        const FRESH = `a-${randomUUID().slice(0, 8)}` // new for each, so that none stands in the way of the next
        const { args, files } = caseOf(sample, { ...there, FRESH, HOME: home.home })
        for (const [name, text] of Object.entries(files)) writeFileSync(join(home.home, name), text)
        const { status, stdout, stderr } = await mgmt(home, [...command.split(' '), ...args])
        t.is(status, expected(sample, caller), `${caller}, mgmt ${command} ${args.join(' ')}: ${stdout}${stderr}`)
      }
  })
