import { usage } from '../failure.ts'

export interface Line {
  sku: string
  quantity: number
}

/** `mug=2`, given as often as there are lines. */
export function line(text: string, before: readonly Line[] = []): Line[] {
  const found = /^([^=]+)=(\d{1,7})$/.exec(text)
  if (!found || Number(found[2]) < 1) throw usage(`"${text}" is not a line: write SKU=QUANTITY, such as mug=2`)
  return [...before, { sku: found[1] ?? '', quantity: Number(found[2]) }]
}

export interface CountedLine extends Line {
  condition: 'restock' | 'scrap'
}

/** `mug=2` for goods as good as new, `mug=1:scrap` for others. */
export function countedLine(text: string, before: readonly CountedLine[] = []): CountedLine[] {
  const [, counted = text, condition = 'restock'] = /^(.*):(restock|scrap)$/.exec(text) ?? []
  return [...before, ...line(counted).map(one => ({ ...one, condition: condition as CountedLine['condition'] }))]
}
