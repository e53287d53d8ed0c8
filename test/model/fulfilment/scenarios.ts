import type { PlacedPieces } from './pieces.ts'

export interface Scenario {
  allocations: readonly PlacedPieces[]
  manual: readonly string[]
  redeliveries: number
  deadLetters: number
  isUpdate: boolean
  cancels: number
  cancelOf: readonly ('mug' | 'plate' | 'all')[]
  dispatchInPart: boolean
  /** `reports`: a carrier whose word must be confirmed. */
  carrier: 'none' | 'by hand' | 'reports' | 'trusted'
  reports: number
  /** A carrier may report before the dispatch is booked, because its messages take another way. */
  reportsEarly: boolean
  asks: number
  receiveInPart: boolean
  conditions: readonly ('restock' | 'scrap')[]
  arrivals: readonly string[]
  neverCome: number
  /** Returns are given up although their goods may still arrive; lost goods turn up. */
  comeLate: boolean
  goodwill: number
  declines: number
}

export const prices: Readonly<Record<string, number>> = { mug: 3, plate: 4 }

const at = (location: string, mugs: number, plates = 0): PlacedPieces[] => [
  ...(mugs > 0 ? [{ location, sku: 'mug', quantity: mugs }] : []),
  ...(plates > 0 ? [{ location, sku: 'plate', quantity: plates }] : []),
]

const plain: Scenario = {
  allocations: at('main', 2, 1),
  manual: [],
  redeliveries: 0,
  deadLetters: 0,
  isUpdate: false,
  cancels: 0,
  cancelOf: ['mug', 'plate', 'all'],
  dispatchInPart: false,
  carrier: 'none',
  reports: 1,
  reportsEarly: false,
  asks: 0,
  receiveInPart: false,
  conditions: ['restock'],
  arrivals: ['main'],
  neverCome: 0,
  comeLate: false,
  goodwill: 0,
  declines: 0,
}

const bothManual = ['main', 'shop']
const split = [...at('main', 1, 1), ...at('shop', 1)]
const aMugEach = [...at('main', 1), ...at('shop', 1)]
const twoMugs = at('main', 2)

const scenario = (changes: Partial<Scenario>): Scenario => ({ ...plain, ...changes })

export const scenarios = {
  plain: scenario({ redeliveries: 2, deadLetters: 1, cancels: 1, cancelOf: ['all'] }),

  cancel: scenario({ allocations: split, manual: bothManual, cancels: 2, dispatchInPart: true }),
  'cancel-again': scenario({
    allocations: split,
    manual: bothManual,
    cancels: 2,
    cancelOf: ['mug', 'all'],
    redeliveries: 1,
  }),
  'cancel-dead-letter': scenario({
    allocations: split,
    manual: bothManual,
    cancels: 2,
    cancelOf: ['mug', 'all'],
    deadLetters: 1,
  }),
  'cancel-dead-letters': scenario({
    allocations: aMugEach,
    manual: bothManual,
    cancels: 2,
    cancelOf: ['mug', 'all'],
    deadLetters: 2,
  }),
  'cancel-parts': scenario({
    manual: bothManual,
    cancels: 2,
    cancelOf: ['mug', 'all'],
    dispatchInPart: true,
    deadLetters: 1,
  }),
  'cancel-mixed': scenario({ allocations: split, manual: ['shop'], cancels: 2, redeliveries: 1, deadLetters: 1 }),

  update: scenario({
    allocations: twoMugs,
    isUpdate: true,
    redeliveries: 1,
    cancels: 1,
    cancelOf: ['all'],
    asks: 1,
    carrier: 'by hand',
  }),

  money: scenario({ asks: 1, carrier: 'by hand', goodwill: 8, declines: 2 }),
  'money-cancel': scenario({
    manual: bothManual,
    deadLetters: 1,
    cancels: 2,
    cancelOf: ['mug', 'all'],
    goodwill: 8,
    declines: 1,
  }),
  'money-again': scenario({
    manual: bothManual,
    redeliveries: 1,
    cancels: 1,
    cancelOf: ['mug', 'all'],
    goodwill: 2,
    declines: 1,
  }),

  'returns-again': scenario({
    allocations: twoMugs,
    redeliveries: 1,
    deadLetters: 1,
    asks: 1,
    receiveInPart: true,
    carrier: 'by hand',
  }),
  'returns-parts': scenario({
    allocations: twoMugs,
    deadLetters: 1,
    asks: 1,
    receiveInPart: true,
    carrier: 'by hand',
    neverCome: 1,
    conditions: ['restock', 'scrap'],
    arrivals: bothManual,
  }),
  'returns-gone': scenario({
    allocations: aMugEach,
    deadLetters: 1,
    asks: 2,
    carrier: 'by hand',
    neverCome: 1,
    conditions: ['restock', 'scrap'],
  }),
  returns: scenario({
    allocations: split,
    asks: 1,
    receiveInPart: true,
    carrier: 'by hand',
    conditions: ['restock', 'scrap'],
    arrivals: bothManual,
  }),

  reports: scenario({
    allocations: twoMugs,
    manual: bothManual,
    dispatchInPart: true,
    carrier: 'reports',
    reports: 3,
    reportsEarly: true,
  }),
  'reports-trusted': scenario({
    allocations: at('main', 1, 1),
    manual: bothManual,
    deadLetters: 1,
    carrier: 'trusted',
    reports: 3,
    reportsEarly: true,
    asks: 1,
  }),
  'reports-cancel': scenario({
    allocations: aMugEach,
    manual: bothManual,
    carrier: 'reports',
    reports: 2,
    reportsEarly: true,
    cancels: 1,
    cancelOf: ['mug', 'all'],
  }),
  found: scenario({
    allocations: at('main', 1),
    deadLetters: 1,
    redeliveries: 1,
    carrier: 'reports',
    reports: 3,
    asks: 1,
    comeLate: true,
  }),
  'found-elsewhere': scenario({
    allocations: at('main', 1, 1),
    carrier: 'by hand',
    reports: 2,
    asks: 1,
    comeLate: true,
    conditions: ['restock', 'scrap'],
    arrivals: ['shop'],
  }),
  'found-parts': scenario({
    allocations: twoMugs,
    carrier: 'by hand',
    reports: 2,
    asks: 2,
    receiveInPart: true,
    comeLate: true,
    neverCome: 1,
  }),
  'found-all': scenario({
    allocations: aMugEach,
    carrier: 'trusted',
    reports: 2,
    asks: 1,
    comeLate: true,
  }),

  // As much together as a search can hold.
  all: scenario({
    allocations: aMugEach,
    manual: bothManual,
    cancels: 1,
    cancelOf: ['mug', 'all'],
    asks: 1,
    carrier: 'by hand',
    goodwill: 5,
    declines: 1,
    arrivals: bothManual,
  }),
  'all-again': scenario({
    allocations: twoMugs,
    manual: bothManual,
    redeliveries: 1,
    cancels: 1,
    cancelOf: ['mug'],
    dispatchInPart: true,
    asks: 1,
    carrier: 'by hand',
  }),
  'all-dead-letter': scenario({
    allocations: aMugEach,
    manual: ['shop'],
    deadLetters: 1,
    cancels: 1,
    cancelOf: ['mug', 'all'],
    asks: 1,
    carrier: 'by hand',
  }),
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios
