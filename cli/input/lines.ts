import { usage } from '../failure.ts'

export interface Line {
  sku: string
  quantity: number
}

/** `mug=2`, given as often as there are lines. */
export function line(text: string, before: readonly Line[] = []): Line[] {
  const found = parsed(text)
  if (!found) throw usage(`"${text}" is not a line: write SKU=QUANTITY, such as mug=2`)
  return [...before, found]
}

function parsed(text: string): Line | undefined {
  const [, sku = '', quantity] = /^([^=]+)=(\d{1,7})$/.exec(text) ?? []
  return Number(quantity) >= 1 ? { sku, quantity: Number(quantity) } : undefined
}

export interface CountedLine extends Line {
  condition: 'restock' | 'scrap'
}

/** `mug=2` for goods as good as new, `mug=1:scrap` for others. */
export function countedLine(text: string, before: readonly CountedLine[] = []): CountedLine[] {
  const [, counted = text, condition = 'restock'] = /^(.*):(restock|scrap)$/.exec(text) ?? []
  const found = parsed(counted)
  if (!found) throw usage(`"${text}" is not a line: write SKU=QUANTITY, or for what cannot be sold SKU=QUANTITY:scrap`)
  return [...before, { ...found, condition: condition as CountedLine['condition'] }]
}
