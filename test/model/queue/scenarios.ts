import type { Bounds } from '../engine/model.ts'

/** Orders that compete for mugs and plates. */
export interface QueueScenario extends Bounds {
  orders: readonly Waiting[]
  stock: Items
  /** What comes in later, piece by piece. */
  incoming: Items
  /** Orders whose goods come back. */
  returns: number
}

export type Sku = 'mug' | 'plate'
export type Items = Readonly<Record<Sku, number>>
export const skus: readonly Sku[] = ['mug', 'plate']

export interface Waiting {
  wants: Items
  /** A lower one is served first. */
  priority: number
  whenShort: 'wait' | 'reject'
}

const items = (mug: number, plate: number): Items => ({ mug, plate })
const order = (mug: number, plate = 0, more: Partial<Waiting> = {}): Waiting => ({
  wants: items(mug, plate),
  priority: 1,
  whenShort: 'wait',
  ...more,
})

const calm: Bounds = { redeliveries: 0, deadLetters: 0, isUpdate: false }
const faults: Bounds = { redeliveries: 1, deadLetters: 1, isUpdate: false }

export const scenarios = {
  'queue-mugs': {
    orders: [order(2), order(1), order(1)],
    stock: items(1, 0),
    incoming: items(2, 0),
    returns: 1,
    ...calm,
  },
  'queue-mugs-again': {
    orders: [order(2), order(1)],
    stock: items(1, 0),
    incoming: items(2, 0),
    returns: 1,
    ...faults,
  },
  'queue-cross': {
    orders: [order(1, 1), order(1), order(0, 1)],
    stock: items(0, 1),
    incoming: items(1, 1),
    returns: 0,
    ...calm,
  },
  'queue-overtake': {
    orders: [order(1, 1), order(2), order(1, 1)],
    stock: items(1, 0),
    incoming: items(1, 2),
    returns: 0,
    ...calm,
  },
  'queue-priority': {
    orders: [order(2), order(1), order(1, 0, { priority: 0 })],
    stock: items(0, 0),
    incoming: items(3, 0),
    returns: 0,
    ...calm,
  },
  'queue-reject': {
    orders: [order(2), order(1, 0, { whenShort: 'reject' })],
    stock: items(1, 0),
    incoming: items(1, 0),
    returns: 1,
    ...faults,
  },
  'queue-window': { orders: [order(1), order(1)], stock: items(1, 0), incoming: items(1, 0), returns: 0, ...faults },
} as const satisfies Record<string, QueueScenario>

export type QueueScenarioName = keyof typeof scenarios
