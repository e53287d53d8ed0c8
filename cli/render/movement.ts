import type { Movement } from '../client/shapes.ts'
import type { Look } from './look.ts'
import { clean, table } from './table.ts'
import { moment } from './times.ts'

export function renderMovements(movements: readonly Movement[], look: Look): string {
  if (movements.length === 0) return 'no movements'
  const rows = movements.map(({ at, kind, available, reserved, shipped, orderId, reason }) => [
    moment(at, look),
    clean(kind),
    ...[available, reserved, shipped].map(signed),
    clean(orderId ?? reason ?? ''),
  ])
  return table(['AT', 'KIND', 'AVAILABLE', 'RESERVED', 'SHIPPED', 'ORDER OR REASON'], rows, look, [2, 3, 4], [5, 0])
}

const signed = (pieces: number) => (pieces > 0 ? `+${pieces}` : pieces === 0 ? '' : String(pieces))
