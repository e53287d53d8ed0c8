import { standingOf, type Happened, type Standing } from '@docket/contract/steps.ts'
import type { OrderStatus } from '@docket/contract/terms.ts'
import { openPieces, type OrderLine } from './order-lines.ts'
import type { TimelineEntry } from './timeline.ts'

/** By its timeline. Its row says what of it is open, as a timeline does not count pieces. */
export function standingBy(
  status: OrderStatus,
  lines: readonly OrderLine[],
  timeline: readonly Pick<TimelineEntry, 'event' | 'ref'>[],
): Standing {
  const open: Happened = { type: 'order.created', pieces: lines.reduce((sum, line) => sum + openPieces(line), 0) }
  return standingOf([open, ...timeline.map(({ event, ref }) => ({ type: event, ref }))], status)
}

/** The longest window in which no more than some ten thousand steps are expected, as each is looked at. */
export const windowFor = (stepsPerSecond: number): number =>
  windows.find(seconds => stepsPerSecond * seconds <= mostSteps) ?? shortest

const [shortest, mostSteps] = [2, 10_000]
const windows = [60, 10]
