import type { Channel, Event, Model } from '../engine/model.ts'
import type { QueueEvent } from './events.ts'
import { queueInventory, type QueueState } from './inventory-service.ts'
import { waitingOrder, type WaitingOrderState } from './order-service.ts'
import type { QueueApplies } from './rules.ts'
import type { QueueScenario } from './scenarios.ts'

type States = { inventory: QueueState } & Record<`order ${number}`, WaitingOrderState>

/** Several orders that wait for the same stock, with the rules that apply. */
export function queueModel(scenario: QueueScenario, applies: QueueApplies): Model<States> {
  const numbers = scenario.orders.map((_, number) => number)
  return {
    services: {
      inventory: queueInventory(scenario, applies),
      ...Object.fromEntries(numbers.map(number => [`order ${number}`, waitingOrder(number, applies)])),
    },
    channels: numbers.flatMap(channels),
    bounds: scenario,
    promises: { outbox: true, offsetLast: true, topicOrder: true, redrive: true },
    problems: () => [],
    problemsAtRest: states => numbers.flatMap(number => atRest(states, number)),
    problemsAtEnd: () => [],
    ending: states => numbers.map(number => states[`order ${number}`]?.status).join(', '),
  }
}

function channels(number: number): Channel[] {
  const order = `order ${number}`
  const channel = (name: string, publisher: string, consumer: string, types: QueueEvent['type'][]): Channel => ({
    name: `${name} -> ${consumer === 'inventory' ? 'inventory-service' : consumer}`,
    publisher,
    consumer,
    carries: (event: Event & { order?: number }) => event.order === number && types.some(type => type === event.type),
  })
  return [
    channel('order-events', order, 'inventory', ['order.created', 'order.cancelled', 'shipment.shipped']),
    channel('inventory-events', 'inventory', order, ['stock.reserved', 'stock.waiting', 'stock.rejected']),
    channel('payment-events', 'inventory', order, ['payment.succeeded']),
  ]
}

/** What inventory-service may hold for an order, by its status. */
const held: Record<WaitingOrderState['status'], QueueState['reservations']> = {
  '-': ['-'],
  pending: ['waiting'],
  accepted: ['reserved'],
  shipped: ['shipped', 'returned'],
  cancelled: ['released', 'void', 'rejected'],
  rejected: ['rejected'],
}

function atRest(states: States, number: number): string[] {
  const { reservations, deciding } = states.inventory
  const { status } = states[`order ${number}`] as WaitingOrderState // there is one for each number
  const reservation = reservations[number] ?? '-'
  return deciding || held[status].includes(reservation)
    ? []
    : [`I3 order ${number} is ${status}, and its stock ${reservation}`]
}
