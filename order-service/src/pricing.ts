import { mostOfALine } from '@docket/contract/terms.ts'
import { refused, type Refused } from '@docket/chassis/refused.ts'

export interface WantedLine {
  sku: string
  quantity: number
}

export interface CatalogueItem {
  sku: string
  name: string
  /** Minor units of the currency. */
  unitPrice: number
  currency: string
}

export interface PricedLine extends WantedLine {
  name: string
  unitPrice: number
}

export interface Shortage {
  sku: string
  requested: number
  available: number
}

export interface Priced {
  lines: PricedLine[]
  /** Minor units of the currency. */
  total: number
  currency: string
}

export function merged(lines: readonly WantedLine[]): WantedLine[] {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}

export function price(
  lines: readonly WantedLine[],
  catalogue: ReadonlyMap<string, CatalogueItem>,
): Priced | { unknown: Shortage[] } | Refused {
  const unknown = lines.filter(line => !catalogue.has(line.sku))
  if (unknown.length > 0)
    return { unknown: unknown.map(({ sku, quantity }) => ({ sku, requested: quantity, available: 0 })) }
  const priced = lines.map(({ sku, quantity }) => {
    const { name, unitPrice, currency } = catalogue.get(sku) as CatalogueItem // all are known here
    return { sku, name, quantity, unitPrice, currency }
  })
  const currencies = [...new Set(priced.map(line => line.currency))]
  if (currencies.length > 1)
    return refused(
      'mixed_currencies',
      `One order has one currency; these items are priced in ${currencies.join(' and ')}.`,
    )
  const most = priced.find(line => line.quantity > mostOfALine)
  if (most)
    return refused(
      'too_many_pieces',
      `At most ${mostOfALine} pieces of one item in an order; ${most.sku} has ${most.quantity}.`,
    )
  const total = priced.reduce((sum, line) => sum + BigInt(line.quantity) * BigInt(line.unitPrice), 0n)
  if (total > BigInt(Number.MAX_SAFE_INTEGER))
    return refused('total_too_large', 'The total exceeds the maximum for one order.')
  return { lines: priced.map(({ currency: _, ...line }) => line), total: Number(total), currency: currencies[0] ?? '' }
}
