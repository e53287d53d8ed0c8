import type { Resent } from '../orders/resend.ts'
import type { Look } from './look.ts'
import { clean, table } from './table.ts'
import { moment } from './times.ts'

export function renderResent(resent: readonly Resent[], look: Look): string {
  const rows = resent.map(({ service, event, error }) => [
    service,
    event ? clean(event.type) : '–',
    event ? String(event.sequence) : '–',
    event ? clean(moment(event.time, look)) : '–',
    clean(error ?? (event ? '' : 'has no stored event about this order')),
  ])
  return table(['SERVICE', 'EVENT', 'SEQUENCE', 'FIRST PUBLISHED', 'NOTE'], rows, look, [2], [4])
}
