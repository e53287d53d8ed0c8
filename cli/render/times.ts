import type { Look } from './look.ts'

/** Local time with its offset, or UTC on request; either can be pasted into a flag. */
export const moment = (time: string, look: Pick<Look, 'utc'>) => zoned(time, look)

export const clock = (time: string, look: Pick<Look, 'utc'>) => zoned(time, look).slice('2026-01-31T'.length)

export const shortClock = (time: string, look: Pick<Look, 'utc'>) => clock(time, look).replace(/\.\d+/, '')

function zoned(time: string, { utc }: Pick<Look, 'utc'>): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return time // unreadable times are shown as they are
  const minutes = utc ? 0 : -date.getTimezoneOffset()
  return `${new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1)}${offset(minutes)}`
}

function offset(minutes: number): string {
  if (minutes === 0) return 'Z'
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`
}
