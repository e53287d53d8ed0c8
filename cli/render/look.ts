import type { ChalkInstance } from 'chalk'

export interface Look {
  colour: ChalkInstance
  width: number
  now: Date
  utc: boolean
}
