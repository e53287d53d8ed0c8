import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { messageOf } from '@docket/foundation/errors.ts'
import { sendOnce } from '../../client/once.ts'
import { beforeEnding } from '../../cleanup.ts'
import { asFailure, usage, withTruth } from '../../failure.ts'
import { readText, smallFile } from '../../input/files.ts'
import { line, type Line } from '../../input/lines.ts'
import { statusOf, steps, waitingLine } from '../../orders/follow.ts'
import type { PostOrders } from '../../client/generated/requests.ts'
import type { About, Make } from '../../command.ts'
import type { Mgmt } from '../../mgmt.ts'
import { orderOf } from '../../orders/selection.ts'
import { renderOrder, renderStep } from '../../render/order.ts'
import { orderShape, type Order, type TimelineEntry } from '../../client/shapes.ts'

interface Options {
  line: Line[]
  paymentToken?: string
  shipTo?: string
  wait?: boolean
  idempotencyKey?: string
}

async function address(given: string, mgmt: Mgmt): Promise<PostOrders['shippingAddress']> {
  const text = given.startsWith('@') ? await readText(given.slice(1), smallFile('the address file'), mgmt) : given
  try {
    return JSON.parse(text) as PostOrders['shippingAddress'] // the service checks what an address must contain
  } catch (error) {
    throw usage(
      `--ship-to: ${messageOf(error)}`,
      'give JSON, or @FILE with JSON: {"name", "line1", "postalCode", "city", "country"}',
    )
  }
}

export const about: About = {
  summary: 'Create an order',
  changesThings: true,
  prints: orderShape,
  samples: [{ args: '--line SKU=1', callers: 'buyers' }],
}

export const command: Make = ready =>
  new Command('create')
    .description('Create an order. With --wait, wait for its end: the exit status says whether it was fulfilled')
    .requiredOption('-l, --line <sku=qty>', 'what, and how many; repeatable', line)
    .option('--payment-token <token>', 'the card that is charged: tok_ok, tok_declined, …', 'tok_ok')
    .option('--ship-to <json|@file>', 'the address')
    .option('-w, --wait', 'wait until it is completed, rejected or cancelled')
    .option('--idempotency-key <key>', 'create it only once, even if this command is repeated')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt orders create --line mug=2 --line plate=1 --wait\n  $ mgmt orders create --line mug=1 --wait --timeout 30s -o json | jq -r .status\n\nExit status with --wait: 0 completed, 3 rejected or cancelled, 124 timed out.',
    )
    .action(async (options: Options) => {
      const mgmt = await ready()
      const order = await createOnce(mgmt, options)
      if (!options.wait) return mgmt.print(order, renderOrder)
      mgmt.note(`order ${order.id} was created; waiting for its end`)
      const ended = await toldToGoOn(order, mgmt, () => endOf(order, mgmt))
      await mgmt.print(ended, renderOrder)
      mgmt.exitWith(statusOf(ended))
    })

/** If waiting is interrupted, the user is told that the order exists: created again, it would be a second one. */
async function toldToGoOn<T>({ id }: Order, mgmt: Mgmt, wait: () => Promise<T>): Promise<T> {
  const [truth, next] = [`Order ${id} was created, and goes on by itself.`, `watch it with: mgmt orders watch ${id}`]
  const unregister = beforeEnding(() => mgmt.tell(`${truth} ${next}`))
  try {
    return await wait()
  } catch (error) {
    throw withTruth(asFailure(error), truth, next)
  } finally {
    unregister()
  }
}

async function endOf(order: Order, mgmt: Mgmt): Promise<Order> {
  let before: TimelineEntry | undefined
  const waiting = waitingLine(mgmt)
  try {
    for await (const entry of steps(order.id, mgmt)) {
      const [step, previous] = [entry, before]
      mgmt.note(look => renderStep(step, previous, look))
      before = entry
      waiting.after(entry)
    }
  } finally {
    waiting.end()
  }
  return orderOf(mgmt, order.id)
}

async function createOnce(mgmt: Mgmt, { line: lines, paymentToken, shipTo, idempotencyKey }: Options): Promise<Order> {
  const key = idempotencyKey ?? randomUUID()
  const body = { lines, paymentToken, ...(shipTo !== undefined && { shippingAddress: await address(shipTo, mgmt) }) }
  if (mgmt.options.verbose) mgmt.note(`idempotency key ${key}`)
  return sendOnce(mgmt, { service: 'order', path: '/orders', body, key, unknown: 'whether the order was created' })
}
