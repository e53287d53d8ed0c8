import type { Location } from '../client/shapes.ts'
import { formatDuration } from '../input/durations.ts'
import type { Look } from './look.ts'
import { clean, facts, table } from './table.ts'

const lateAfter = ({ lateAfterSeconds }: Location) => formatDuration(lateAfterSeconds * 1_000)

export function renderLocations(locations: readonly Location[], look: Look): string {
  const rows = locations.map(location => [clean(location.name), location.handover, lateAfter(location)])
  return table(['LOCATION', 'HANDOVER', 'LATE AFTER'], rows, look, [], [0])
}

export const renderLocation = (location: Location, look: Look): string =>
  facts(
    [
      ['location', clean(location.name)],
      ['handover', location.handover],
      ['late after', lateAfter(location)],
    ],
    look,
  )
