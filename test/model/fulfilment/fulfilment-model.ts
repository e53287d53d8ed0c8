import type { Channel, Model } from '../engine/model.ts'
import type { FulfilmentEvent } from './events.ts'
import { inventoryService } from './inventory-service.ts'
import { ending, problems, problemsAtEnd, problemsAtRest, type States } from './invariants.ts'
import { orderService } from './order-service.ts'
import { paymentService } from './payment-service.ts'
import type { Applies } from './rules.ts'
import type { Scenario } from './scenarios.ts'
import { shippingService } from './shipping-service.ts'

/** One order in a scenario, with the rules that apply. */
export function fulfilmentModel(scenario: Scenario, applies: Applies): Model<States> {
  return {
    services: {
      order: orderService(scenario, applies),
      inventory: inventoryService(scenario, applies),
      payment: paymentService(scenario, applies),
      shipping: shippingService(scenario, applies),
    },
    channels: channels(applies),
    bounds: scenario,
    promises: {
      outbox: applies('x.outbox'),
      offsetLast: applies('x.offset-last'),
      topicOrder: applies('x.topic-order'),
      redrive: applies('x.redrive'),
    },
    problems,
    problemsAtRest: states => problemsAtRest(states, scenario),
    problemsAtEnd,
    ending,
  }
}

/** Who consumes what. A type that a service has no row for is left out: it would have no effect. */
function channels(applies: Applies): Channel[] {
  const channel = (publisher: keyof States, consumer: keyof States, types: FulfilmentEvent['type'][]): Channel => ({
    name: `${publisher}-events -> ${consumer}-service`,
    publisher,
    consumer,
    carries: ({ type }) => types.some(one => one === type),
  })
  return [
    channel('order', 'inventory', ['order.created', 'order.cancelled', 'order.lines_cancelled']),
    channel('order', 'payment', ['order.cancelled', 'order.lines_cancelled', 'order.lines_returned']),
    channel('order', 'shipping', ['order.accepted', 'order.cancel_requested']),
    channel('inventory', 'order', ['stock.reserved', 'stock.rejected', 'stock.committed']),
    channel('inventory', 'payment', ['stock.reserved']),
    channel('payment', 'order', ['payment.succeeded', 'payment.failed']),
    channel('shipping', 'order', [
      'shipment.lines_withdrawn',
      'return.received',
      ...(applies('o.found-no-money') ? [] : (['return.found'] as const)),
    ]),
    channel('shipping', 'inventory', ['shipment.shipped', 'return.received', 'return.found']),
  ]
}
