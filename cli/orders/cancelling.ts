import { randomUUID } from 'node:crypto'
import { sendOnce } from '../client/once.ts'
import { polled } from '../client/polled.ts'
import type { CancelRequest, Order } from '../client/shapes.ts'
import { exit, Failure } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { steps } from './follow.ts'
import { pathOf } from './selection.ts'

export interface Cancel {
  detail?: string | undefined
  /** All of the order, unless given. */
  lines?: readonly { sku: string; quantity: number }[] | undefined
  wait?: boolean | undefined
}

/** The order when it is cancelled at once; else the request that shipping-service decides. */
export type Cancelled = Order | CancelRequest

export const isRequest = (answer: Cancelled): answer is CancelRequest => 'requestId' in answer

/** With `wait`, until it is decided. */
export async function cancelOne(mgmt: Mgmt, id: string, cancel: Cancel): Promise<Cancelled> {
  const answer = cancel.wait ? await asAccepted(mgmt, id, cancel) : await send(mgmt, id, cancel)
  return cancel.wait && isRequest(answer) && answer.status === 'open' ? decided(mgmt, answer) : answer
}

const send = (mgmt: Mgmt, id: string, { detail, lines }: Cancel) =>
  sendOnce<Cancelled>(mgmt, {
    service: 'order',
    path: `${pathOf(id)}/cancel`,
    body: { ...(detail !== undefined && { detail }), ...(lines && { lines: [...lines] }) },
    key: randomUUID(), // two requests for one piece each would be two pieces
    unknown: `whether ${id} was cancelled`,
  })

/** Lines of an order can be cancelled only once it is accepted. */
async function asAccepted(mgmt: Mgmt, id: string, cancel: Cancel): Promise<Cancelled> {
  try {
    return await send(mgmt, id, cancel)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (isRefusal(error)) throw asRefusal(error)
    if (error.code !== 'not_accepted_yet') throw error
  }
  mgmt.note(`order ${id} has not been accepted yet; waiting for that`)
  for await (const { event } of steps(id, mgmt)) if (event === 'order.accepted') break
  return asAccepted(mgmt, id, cancel)
}

/** The same outcome as a request that shipping-service refuses. */
const isRefusal = ({ code }: Failure) => code === 'already_shipped' || code === 'already_completed'

const asRefusal = (error: Failure) =>
  new Failure(error.message, {
    status: exit.notFulfilled,
    code: error.code,
    cause: error,
    ...(error.next !== undefined && { next: error.next }),
    ...(error.requestId !== undefined && { requestId: error.requestId }),
  })

const decided = (mgmt: Mgmt, { orderId, requestId }: CancelRequest) =>
  polled<CancelRequest>(
    mgmt,
    {
      service: 'order',
      path: `${pathOf(orderId)}/cancel-requests/${requestId}`,
      isDecided: ({ status }) => status !== 'open',
    },
    {
      truth: `Cancel request ${requestId} was made, and is decided by itself.`,
      next: `see the order with: mgmt orders show ${orderId}`,
    },
  )
