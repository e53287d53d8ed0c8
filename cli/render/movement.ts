import type { Movement } from '../client/shapes.ts'
import type { Look } from './look.ts'
import { clean, table } from './table.ts'
import { moment } from './times.ts'

export function renderMovements(movements: readonly Movement[], look: Look): string {
  if (movements.length === 0) return 'no movements'
  const rows = movements.map(
    ({ at, kind, location, available, reserved, shipped, scrapped, lost, orderId, reason }) => [
      moment(at, look),
      clean(kind),
      clean(location),
      ...[available, reserved, shipped, scrapped, lost].map(signed),
      clean(orderId ?? reason ?? ''),
    ],
  )
  const head = ['AT', 'KIND', 'LOCATION', 'AVAILABLE', 'RESERVED', 'SHIPPED', 'SCRAPPED', 'LOST', 'ORDER OR REASON']
  return table(head, rows, look, [3, 4, 5, 6, 7], [8, 0])
}

const signed = (pieces: number) => (pieces > 0 ? `+${pieces}` : pieces === 0 ? '' : String(pieces))
