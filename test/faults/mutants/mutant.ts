export type Invariant =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | 'I10'
  | 'I12'
  | 'L1'
  | 'L2'
  | 'L3'
  | 'L4'
  | 'L5'
  | 'doc'

export const invariants: Record<Invariant, string> = {
  I1: 'every acknowledged order ends',
  I2: 'an order exists once per idempotency key',
  I3: 'stock is conserved',
  I4: 'money is conserved, and captured once at the most',
  I5: 'every row of the outbox reaches Kafka, and takes effect once',
  I6: 'the sequence of an aggregate rises by one, without gap or inversion',
  I7: 'no event without its state change, and the other way round',
  I8: 'dead letters are what is poisonous, and nothing else',
  I9: 'completed, captured, shipped and one parcel are the same orders',
  I10: 'under a fault or a flood that is not fatal, work goes on',
  I12: 'what is unavailable is 503 and not 500; no caller reaches what is not theirs',
  L1: 'each piece of a line is open, shipped or cancelled, and every service says the same',
  L2: 'stock is conserved at each location',
  L3: "what is kept of a payment is the price of what was kept, and our refunds are the provider's",
  L4: 'no piece comes back, or is paid back, twice',
  L5: 'every cancel request, return and refund is decided once',
  doc: 'pages, fields, events, counts and exit statuses are what the documents say',
}

export interface Mutant {
  name: string
  breaks: Invariant
  /** Shown when no test notices, so that the risk is clear. */
  why: string
  file: string
  /** Occurs exactly once in the file, however lines are broken. Short, so that nearby edits do not matter. */
  find: string
  replace: string
  test: string
  match?: string
}

export function planted(source: string, { file, find, replace }: Mutant): string {
  // the formatter decides on line breaks
  const pattern = new RegExp(find.split(/\s+/).map(RegExp.escape).join('\\s*'), 'g')
  const occurrences = source.match(pattern)?.length ?? 0
  if (occurrences !== 1) {
    throw new Error(`what is to be replaced in ${file} occurs ${occurrences} times, not once: ${find}`)
  }
  return source.replace(pattern, () => replace)
}
