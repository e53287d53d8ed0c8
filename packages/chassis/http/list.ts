import { z } from 'zod'
import { idAt } from '../id.ts'

const atMost = 500

export const pageLimit = z.coerce.number().int().min(1).max(atMost).default(50)

/** The year is checked in UTC, because an offset may move a time out of the years 1 to 9999, which PostgreSQL reads. */
export const moment = z.iso.datetime({ offset: true }).transform((text, context) => {
  const inUtc = new Date(text).toISOString()
  if (/^(?!0000)\d{4}-/.test(inUtc)) return inUtc
  context.addIssue({ code: 'custom', message: 'must be in the years 1 to 9999' })
  return z.NEVER
})

export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (last: Row) => string,
): { page: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return { page, nextCursor: last !== undefined && rows.length > limit ? cursorOf(last) : null }
}

/** Orders are selected by the time in their ids, newest first, so that the primary key finds them. */
export interface OrderRange {
  from: string
  /** The first that counts no more; undefined: all from there on. */
  before: string | undefined
}

export function orderRange({
  since,
  until,
  cursor,
}: {
  since?: string | undefined
  until?: string | undefined
  cursor?: string | undefined
}): OrderRange {
  const id = (time: string) => idAt(Math.max(0, Date.parse(time))) // nothing was created before 1970
  const ends = [until === undefined ? undefined : id(until), cursor?.toLowerCase()].filter(one => one !== undefined)
  return { from: id(since ?? new Date(0).toISOString()), before: ends.sort()[0] }
}
