import type { DocketEvent } from '@docket/contract/event.ts'
import { happenedIn, standingFrom, type Standing } from '@docket/contract/steps.ts'
import type { OrderStatus } from '@docket/contract/terms.ts'
import { openPieces, type OrderLine } from './order-lines.ts'
import type { TimelineEntry } from './timeline.ts'

interface Known {
  status: OrderStatus
  lines: readonly OrderLine[]
  timeline: readonly Pick<TimelineEntry, 'event' | 'ref'>[]
  /** Events on the topics that order-service has not consumed, or has not committed. */
  ahead?: readonly Pick<DocketEvent, 'type' | 'data'>[] | undefined
}

export const standingBy = ({ status, lines, timeline, ahead = [] }: Known): Standing =>
  standingFrom({
    status,
    openPieces: lines.reduce((sum, line) => sum + openPieces(line), 0),
    timeline,
    ahead: ahead.map(({ type, data }) => happenedIn(type, data)),
  })

const quietMs = 3_000

/** Only of such an order the topics may know more than order-service: consumers that are well take less time. */
export const isQuiet = (updatedAt: Date, now = Date.now()): boolean => now - updatedAt.getTime() > quietMs

/** The longest window in which no more than some ten thousand steps are expected, as each is looked at. */
export const windowFor = (stepsPerSecond: number): number =>
  windows.find(seconds => stepsPerSecond * seconds <= mostSteps) ?? shortest

const [shortest, mostSteps] = [2, 10_000]
const windows = [60, 10]
