import type { RowResult } from '../bulk/results.ts'
import type { Look } from './look.ts'
import { short } from './width.ts'
import { clean } from './table.ts'

export const renderResult = ({ row, state, id, message }: RowResult, { colour, width }: Look) =>
  `row ${row}  ${state === 'failed' ? colour.red(state) : state}  ${short(clean(message ?? id ?? ''), Math.max(20, width - 20))}`.trimEnd()
