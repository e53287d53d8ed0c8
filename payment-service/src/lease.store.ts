import { savingMs, type Deadline } from './lease.ts'

/** As the database returns it: with what was left of the lease when it was taken. */
export type Leased<Due extends Deadline> = Omit<Due, 'answerByMs'> & { leftMs: number }

/** now() is when the transaction began, and what it did before, such as waiting for a lock, is part of the lease. */
export const leftMs = (table: 'payments' | 'refunds') =>
  `1000 * extract(epoch FROM ${table}.next_attempt_at - clock_timestamp())::float8 AS "leftMs"`

/** `sentMs` is before the statement was sent, so that no lease seems longer than it is. */
export const withAnswerBy = <Due extends { leftMs: number }>(rows: readonly Due[], sentMs: number) =>
  rows.map(({ leftMs: left, ...row }) => ({ ...row, answerByMs: sentMs + left - savingMs }))
