import type { RejectionReason } from '@docket/contract/terms.ts'
export interface Line {
  orderId: string
  sku: string
  quantity: number
}

export interface Wanted {
  orderId: string
  lines: readonly { sku: string; quantity: number }[]
}

export interface Shortage {
  sku: string
  requested: number
  available: number
}

export type Outcome =
  | { orderId: string; reserved: true }
  | { orderId: string; reserved: false; reason: RejectionReason; shortages: Shortage[] }

/**
 * Allocates stock: first come, first served, each order all or nothing. `available` is the stock by SKU; an item that
 * is missing there is unknown.
 */
export function reserve(
  orders: readonly Wanted[],
  available: ReadonlyMap<string, number>,
): { lines: Line[]; outcomes: Outcome[] } {
  const left = new Map(available)
  const lines: Line[] = []
  const outcomes = orders.map((order): Outcome => {
    const wanted = perSku(order.lines)
    const shortages = [...wanted].flatMap(([sku, requested]) =>
      (left.get(sku) ?? 0) < requested || !left.has(sku) ? [{ sku, requested, available: left.get(sku) ?? 0 }] : [],
    )
    if (shortages.length > 0) {
      const reason = shortages.some(({ sku }) => !left.has(sku)) ? 'unknown_item' : 'out_of_stock'
      return { orderId: order.orderId, reserved: false, reason, shortages }
    }
    for (const [sku, quantity] of wanted) {
      left.set(sku, (left.get(sku) ?? 0) - quantity)
      lines.push({ orderId: order.orderId, sku, quantity })
    }
    return { orderId: order.orderId, reserved: true }
  })
  return { lines, outcomes }
}

function perSku(lines: Wanted['lines']): Map<string, number> {
  const wanted = new Map<string, number>()
  for (const { sku, quantity } of lines) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity)
  return wanted
}

/** Each SKU once, in the order in which rows are locked: unsorted, two batches would deadlock. */
export const skusOf = (lines: readonly { sku: string }[]) => [...new Set(lines.map(line => line.sku))].sort()

/** Each SKU once, in their order. */
export const bySku = (pieces: readonly { sku: string; quantity: number }[]) =>
  [...perSku(pieces)].map(([sku, quantity]) => ({ sku, quantity })).sort((a, b) => (a.sku < b.sku ? -1 : 1))
