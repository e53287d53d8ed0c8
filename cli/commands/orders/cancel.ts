import { Command } from 'commander'
import { beforeEnding } from '../../cleanup.ts'
import { isOpen } from '../../client/once.ts'
import { inParallel } from '../../bulk/pool.ts'
import { isMeant } from '../../input/confirm.ts'
import { asFailure, exit, Failure, usage, withTruth } from '../../failure.ts'
import type { About, Make } from '../../command.ts'
import type { Mgmt } from '../../mgmt.ts'
import { line, type Line } from '../../input/lines.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { cancelOne, isRequest } from '../../orders/cancelling.ts'
import { orderOf, ordersOf, withOrderFilter, type OrderFilter } from '../../orders/selection.ts'
import { renderCancelRequest } from '../../render/cancel-request.ts'
import { renderOrder, renderOrders } from '../../render/order.ts'
import { cancelRequestShape, orderFields, orderShape, type CancelRequest, type Order } from '../../client/shapes.ts'
import { either } from '../../shape.ts'

interface Options extends OrderFilter {
  line?: Line[]
  detail?: string
  wait?: boolean
  all?: boolean
  dryRun?: boolean
  yes?: boolean
}

export const about: About = {
  summary: 'Cancel orders, or lines of one that have not left',
  changesThings: true,
  prints: either(orderShape, cancelRequestShape, [orderShape]),
  samples: [{ args: 'ORDER', callers: [4, 1, 4, 1, 1] }],
}

export const command: Make = ready =>
  withOrderFilter(
    new Command('cancel')
      .description('Cancel orders, or lines of one that have not left; stock is released and money refunded')
      .argument('[order-id]', 'one order; or choose by the options below, among those that are pending')
      .option('-l, --line <sku=qty>', 'what, and how many; repeatable. Unless given: all of the order', line)
      .option('-w, --wait', 'wait until it is decided, and before that for the acceptance of the order if need be')
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
  $ mgmt orders cancel 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 --line mug=1 --wait
  $ mgmt orders cancel --stuck --until 1h --dry-run
  $ mgmt orders cancel --customer 01981b2c-0000-7a10-8c4f-2b6d9e0f1a01 --yes

An order that has not been accepted is cancelled at once. After that, what has not left is withdrawn: the command prints the request,
which is not decided yet, or with --wait what became of it. With options, it shows what it would cancel and asks first.
Exit status: 0 all of it is cancelled, or without --wait requested; 3 with --wait, when some or all of it had left: the status of the
request is partly or refused, and withdrawn and refused list the pieces; with options, 1 when some orders could not be cancelled.`,
    )
    .action(async (id: string | undefined, options: Options) => {
      const mgmt = await ready()
      const chosen =
        options.all || [options.customer, options.since, options.until, options.stuck].some(one => one !== undefined)
      if (id !== undefined && chosen) throw usage('Give one order, or choose by options, not both.')
      if (id !== undefined)
        return options.dryRun ? mgmt.print(await orderOf(mgmt, id), renderOrder) : printOne(mgmt, id, options)
      if (!chosen)
        throw usage(
          'Nothing is chosen.',
          'name an order, or choose with --customer, --since, --until, --stuck or --all',
        )
      if (options.line) throw usage('--line is for one order: name it.')
      await cancelMany(mgmt, await ordersOf(mgmt, { ...options, status: 'pending' }), options)
    })

async function printOne(mgmt: Mgmt, id: string, { detail, line: lines, wait }: Options): Promise<void> {
  const answer = await cancelOne(mgmt, id, { detail, lines, wait })
  if (!isRequest(answer)) return mgmt.print(answer, renderOrder)
  await mgmt.print(answer, renderCancelRequest)
  if (answer.status === 'open') mgmt.note(`not decided yet; see what becomes of it with: mgmt orders show ${id}`)
  if (hadLeft(answer)) mgmt.exitWith(exit.notFulfilled)
}

/** Some or all of what was to be cancelled. */
const hadLeft = ({ status }: CancelRequest) => status === 'partly' || status === 'refused'

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
  let [requested, left, open] = [0, 0, 0] // open: sent, but not answered
  const truth = () =>
    [
      `${after.length} of ${orders.length} are cancelled`,
      ...(requested > 0 ? [`${requested} are requested`] : []),
      `${left} could not be`,
      ...(open > 0 ? [`of ${open} it is not known`] : []),
      `${orders.length - after.length - requested - left - open} are as they were.`,
    ].join(', ')
  const unregister = beforeEnding(() => mgmt.tell(`${truth()} It is safe to repeat the command.`))
  try {
    await inParallel(each(orders), atOnce, async order => {
      open++
      try {
        const answer = await cancelOne(mgmt, order.id, options)
        open--
        if (!isRequest(answer)) after.push(answer)
        else {
          if (hadLeft(answer)) left++
          else requested++
          mgmt.note(`${order.id} was accepted meanwhile: cancel request ${answer.requestId} is ${answer.status}`)
        }
      } catch (error) {
        if (!(error instanceof Failure) || isOpen(error)) throw error
        open--
        if (error.status !== exit.failed && error.status !== exit.notFulfilled) throw error
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
  mgmt.note(
    [
      `${after.length} cancelled`,
      ...(requested > 0 ? [`${requested} requested`] : []),
      ...(left > 0 ? [`${left} could not be`] : []),
    ].join(', '),
  )
  if (left > 0) mgmt.exitWith(exit.failed)
}

async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list
}
