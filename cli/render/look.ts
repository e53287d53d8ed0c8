import type { ChalkInstance } from 'chalk'

/** What a renderer may know of where its text goes. */
export interface Look {
  colour: ChalkInstance
  /** Columns. */
  width: number
  now: Date
  /** Times are shown in UTC; else in local time. */
  utc: boolean
}
