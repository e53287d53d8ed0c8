import type { ExecutionContext } from 'ava'
import { expectFormsAt, type Case } from '../mgmt-formats.ts'
import { mgmt } from '../mgmt-process.ts'
import type { LoggedInOperator } from '../operator.ts'
import type { Stack } from '../stack.ts'

const signedUp = JSON.stringify({ userId: '01981b2c-0000-7a10-8c4f-2b6d9e0f1a01', username: 'ada', role: 'customer' })

const wholes = {
  'orders create': sku => ({ args: ['--line', `${sku}=1`, '--wait'] }),
  'orders watch': (_, order) => ({ args: [order] }),
  'orders trace': (_, order) => ({ args: [order] }),
  'orders import': sku => ({
    args: ['HOME/orders.csv'],
    files: { 'orders.csv': `sku,quantity\n${sku},1\n${sku},2\n` },
  }),
  'items import': sku => ({
    args: ['HOME/items.csv'],
    files: { 'items.csv': `sku,name,price,currency,quantity\n${sku}-new,Mug,4.50,EUR,1\n` },
  }),
  'events tail': (_, order) => ({ args: ['--order', order, '--from-beginning', '--no-follow'] }),
  oversee: (_, order) => ({ args: ['--order', order, '--from-beginning', '--no-follow', '--by-order'] }),
  'events send': () => ({ args: ['user.signed_up', '--data', '@HOME/user.json'], files: { 'user.json': signedUp } }),
  'dev token': () => ({ args: ['--role', 'customer'] }),
  drill: () => ({ args: ['payment-declined'] }),
  status: () => ({}),
  reconcile: () => ({}),
} satisfies Record<string, (sku: string, order: string) => Case>

export async function printsEveryFormat(
  t: ExecutionContext,
  stack: Stack,
  operator: LoggedInOperator,
  command: keyof typeof wholes,
): Promise<void> {
  const mug = await stack.item('mug', 1_000)
  const order = await stack.end(await stack.order(stack.operator, { [mug]: 1 }))
  await expectFormsAt(t, operator, command, wholes[command](mug, order.id))
}

export async function copesWith(t: ExecutionContext, operator: LoggedInOperator, name: string): Promise<void> {
  const { status, stdout, stderr } = await mgmt(operator, ['drill', name, '-o', 'json'])
  t.is(status, 0, stdout + stderr)
  const drilled = JSON.parse(stdout) as { coped: boolean; happened: string[]; findings: { ok: boolean }[] }
  t.true(drilled.coped)
  t.true(drilled.findings.length > 1 && drilled.findings.every(({ ok }) => ok), stdout)
  for (const line of drilled.happened) t.true(stderr.includes(line), `it is said as it happens: ${line}`)
}
