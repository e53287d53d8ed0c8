import type { Effect, Service, Step } from '../engine/model.ts'
import type { QueueEvent } from './events.ts'
import type { QueueApplies } from './rules.ts'

/** One of the orders, at order-service. */
export interface WaitingOrderState {
  status: '-' | 'pending' | 'accepted' | 'shipped' | 'cancelled' | 'rejected'
  reserved: boolean
  paid: boolean
  /** Which time it has: the ordinary window, or the long one of those that wait. */
  window: 'ordinary' | 'until'
}

type WaitingOrderEffect = Effect<WaitingOrderState, QueueEvent>

export function waitingOrder(order: number, applies: QueueApplies): Service<WaitingOrderState, QueueEvent> {
  const acceptedIfBoth = (state: WaitingOrderState): WaitingOrderEffect => ({
    state: state.reserved && state.paid ? { ...state, status: 'accepted' } : state,
  })

  function pending(state: WaitingOrderState, event: QueueEvent): WaitingOrderEffect {
    switch (event.type) {
      case 'stock.waiting':
        return {
          state: applies('q.waiting-guard') && (state.reserved || state.paid) ? state : { ...state, window: 'until' },
        }
      case 'stock.reserved':
        return acceptedIfBoth({
          ...state,
          reserved: true,
          window: applies('q.reserved-starts-window') ? 'ordinary' : state.window,
        })
      case 'payment.succeeded':
        return acceptedIfBoth({
          ...state,
          paid: true,
          window: applies('q.paid-starts-window') ? 'ordinary' : state.window,
        })
      case 'stock.rejected':
        return { state: { ...state, status: 'rejected' } }
      default:
        return { state }
    }
  }

  const becomes = (state: WaitingOrderState, status: WaitingOrderState['status'], type: QueueEvent['type']) => ({
    state: { ...state, status },
    publishes: [{ type, order }],
  })

  return {
    start: { status: '-', reserved: false, paid: false, window: 'ordinary' },
    handle: (state, event) => [state.status === 'pending' ? pending(state, event) : { state }],
    violates: () => undefined,
    steps(state): Step<WaitingOrderState, QueueEvent>[] {
      switch (state.status) {
        case '-':
          return [{ what: `order ${order} is created`, ...becomes(state, 'pending', 'order.created') }]
        case 'pending':
          return [
            {
              what: `order ${order} is cancelled, or its time is over`,
              ...becomes(state, 'cancelled', 'order.cancelled'),
            },
          ]
        case 'accepted':
          return [{ what: `order ${order} is shipped`, ...becomes(state, 'shipped', 'shipment.shipped') }]
        default:
          return []
      }
    },
    problems: ({ status, reserved, paid, window }) =>
      status === 'pending' && (reserved || paid) && window === 'until'
        ? [`order ${order} holds stock and money until its long time is over, not for the window`]
        : [],
  }
}
