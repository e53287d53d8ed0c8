import { Command } from 'commander'
import { beforeEnding } from '../../cleanup.ts'
import { isOpen, sendOnce } from '../../client/once.ts'
import { inParallel } from '../../bulk/pool.ts'
import { isMeant } from '../../input/confirm.ts'
import { asFailure, exit, Failure, usage, withTruth } from '../../failure.ts'
import type { About, Make } from '../../command.ts'
import type { Mgmt } from '../../mgmt.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { orderOf, ordersOf, pathOf, withOrderFilter, type OrderFilter } from '../../orders/selection.ts'
import { renderOrder, renderOrders } from '../../render/order.ts'
import { orderFields, orderShape, type Order } from '../../client/shapes.ts'
import { either } from '../../shape.ts'

interface Options extends OrderFilter {
  detail?: string
  all?: boolean
  dryRun?: boolean
  yes?: boolean
}

export const about: About = {
  summary: 'Cancel orders that have not been accepted',
  changesThings: true,
  prints: either(orderShape, [orderShape]),
  samples: [{ args: 'ORDER', callers: [4, 1, 4, 1, 1] }],
}

export const command: Make = ready =>
  withOrderFilter(
    new Command('cancel')
      .description('Cancel orders that have not been accepted; stock is released and money refunded')
      .argument('[order-id]', 'one order; or choose by the options below, among those that are pending')
      .option('--detail <text>', 'why')
      .option('--all', 'all that are pending'),
  )
    .option('--stuck', 'only orders without progress')
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 100_000), 1_000)
    .option('--dry-run', 'only show what would be cancelled')
    .option('-y, --yes', 'do it, without asking')
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt orders cancel 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 --detail "ordered twice"
  $ mgmt orders cancel --stuck --until 1h --dry-run
  $ mgmt orders cancel --customer 01981b2c-0000-7a10-8c4f-2b6d9e0f1a01 --yes

With options, it shows what it would cancel and asks first. Exit status: 0 all were cancelled, 1 some could not be.`,
    )
    .action(async (id: string | undefined, options: Options) => {
      const mgmt = await ready()
      const chosen =
        options.all || [options.customer, options.since, options.until, options.stuck].some(one => one !== undefined)
      if (id !== undefined && chosen) throw usage('Give one order, or choose by options, not both.')
      if (id !== undefined)
        return options.dryRun
          ? mgmt.print(await orderOf(mgmt, id), renderOrder)
          : mgmt.print(await cancelOne(mgmt, id, options), renderOrder)
      if (!chosen)
        throw usage(
          'Nothing is chosen.',
          'name an order, or choose with --customer, --since, --until, --stuck or --all',
        )
      await cancelMany(mgmt, await ordersOf(mgmt, { ...options, status: 'pending' }), options)
    })

const cancelOne = (mgmt: Mgmt, id: string, { detail }: Options) =>
  sendOnce<Order>(mgmt, {
    service: 'order',
    path: `${pathOf(id)}/cancel`,
    body: { ...(detail !== undefined && { detail }) },
    unknown: `whether ${id} was cancelled`,
  })

const atOnce = 4

async function cancelMany(mgmt: Mgmt, orders: Order[], options: Options): Promise<void> {
  const what = `${orders.length} ${orders.length === 1 ? 'order' : 'orders'}`
  const words = { would: `${what} would be cancelled.`, nothing: 'Nothing was cancelled', question: `Cancel ${what}?` }
  if (
    orders.length === 0 ||
    !(await isMeant(mgmt, options, words, () => mgmt.note(look => renderOrders(orders, look))))
  )
    return mgmt.print(orders, renderOrders, orderFields)
  const after: Order[] = []
  let [left, open] = [0, 0] // open: sent, and not answered
  const truth = () =>
    [
      `${after.length} of ${orders.length} are cancelled`,
      `${left} could not be`,
      ...(open > 0 ? [`of ${open} it is not known`] : []),
      `${orders.length - after.length - left - open} are as they were.`,
    ].join(', ')
  const unregister = beforeEnding(() => mgmt.tell(`${truth()} It is safe to repeat the command.`))
  try {
    await inParallel(each(orders), atOnce, async order => {
      open++
      try {
        after.push(await cancelOne(mgmt, order.id, options))
        open--
      } catch (error) {
        if (!(error instanceof Failure) || isOpen(error)) throw error
        open--
        if (error.status !== exit.failed) throw error
        left++
        mgmt.note(`${order.id} was not cancelled: ${error.message}`)
      }
    })
  } catch (error) {
    if (after.length > 0) await mgmt.print(after, renderOrders, orderFields)
    const failure = asFailure(error)
    throw withTruth(failure, truth(), failure.next ?? 'it is safe to repeat the command')
  } finally {
    unregister()
  }
  await mgmt.print(after, renderOrders, orderFields)
  mgmt.note(`${after.length} cancelled${left > 0 ? `, ${left} could not be` : ''}`)
  if (left > 0) mgmt.exitWith(exit.failed)
}

async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list
}
