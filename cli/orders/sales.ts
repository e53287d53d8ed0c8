import type { MoneyReport, Sales } from '../client/shapes.ts'
import { formatMoney } from '@docket/contract/money.ts'

export interface SalesLine {
  line: 'sales' | 'goodwill' | 'total'
  /** The day, the sku or the customer. */
  key?: string
  currency: string
  orders?: number
  pieces?: number
  gross?: number
  cancelled?: number
  returned?: number
  /** Minor units of the currency. */
  net: number
}

/**
 * The sales of each currency, then the goodwill, which belongs to no item, and what remains. `money` undefined: it is
 * not known what was given as goodwill.
 */
export function salesLines(sales: Sales['items'], money: MoneyReport['items'] | undefined): SalesLine[] {
  const currencies = [...new Set(sales.map(({ currency }) => currency))].sort()
  return currencies.flatMap(currency => {
    const rows = sales.filter(row => row.currency === currency)
    const lines = rows.map((row): SalesLine => ({ line: 'sales', ...row }))
    if (!money) return lines
    const goodwill = money.find(row => row.currency === currency)?.goodwill ?? 0
    const net = rows.reduce((sum, row) => sum + row.net, 0) - goodwill
    return [
      ...lines,
      ...(goodwill === 0 ? [] : [{ line: 'goodwill', currency, net: -goodwill } as const]),
      { line: 'total', currency, net } as const,
    ]
  })
}

interface Difference {
  currency: string
  sold: number
  kept: number
}

/** Where the total is not what was kept of the payments: orders are under way, or an invariant is broken. */
export const differences = (lines: readonly SalesLine[], money: MoneyReport['items']): Difference[] =>
  lines.flatMap(({ line, currency, net }) => {
    const kept = money.find(row => row.currency === currency)?.kept ?? 0
    return line === 'total' && kept !== net ? [{ currency, sold: net, kept }] : []
  })

export const differenceInWords = ({ currency, sold, kept }: Difference) =>
  `${formatMoney(kept, currency)} ${currency} is kept of the payments, not ${formatMoney(sold, currency)}: orders are under way, or mgmt reconcile says more.`
