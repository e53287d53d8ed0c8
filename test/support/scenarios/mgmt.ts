import type { ExecutionContext } from 'ava'
import { expectFormsAt, type Case } from '../mgmt-formats.ts'
import { byCommand, caseOf, type Sampled } from '../mgmt-samples.ts'
import { mgmt } from '../mgmt-process.ts'
import type { LoggedInOperator } from '../operator.ts'
import type { Stack } from '../stack.ts'

/** Commands that concern more than one service cannot be tested against one alone. */
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
  status: () => ({}),
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

export const needStack = byCommand(({ needs }) => needs === 'stack')

export async function samplesPrintEveryFormat(
  t: ExecutionContext,
  operator: LoggedInOperator,
  samples: readonly Sampled[],
): Promise<void> {
  for (const sample of samples) await expectFormsAt(t, operator, sample.command, caseOf(sample, {}))
}

export async function copesWith(t: ExecutionContext, operator: LoggedInOperator, name: string): Promise<void> {
  const { status, stdout, stderr } = await mgmt(operator, ['drill', name, '-o', 'json'])
  t.is(status, 0, stdout + stderr)
  const drilled = JSON.parse(stdout) as { coped: boolean; happened: string[]; findings: { ok: boolean }[] }
  t.true(drilled.coped)
  t.true(drilled.findings.length > 1 && drilled.findings.every(({ ok }) => ok), stdout)
  for (const line of drilled.happened) t.true(stderr.includes(line), `it is said as it happens: ${line}`)
}
