import type { Refused } from '../refused.ts'
import type { OutboxRow, OutboxStore } from '../messaging/outbox-store.ts'
import type { LockHold } from './lock-session.ts'
import type { Deletion } from './down-migrations.ts'
import type { Migration } from './migrations.ts'

export interface Tx {
  /** One statement: a text with several is refused. */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number }>
  /**
   * A write whose result is not needed. It is pipelined: sent in order with the other statements, without waiting for
   * its answer. When it fails, the transaction fails with its error.
   */
  change(sql: string, values?: readonly unknown[]): void
  /**
   * Appends rows to the outbox of this database, in this transaction, as a `change`. Call `publish` of outbox.ts
   * instead.
   */
  append(rows: readonly OutboxRow[]): void
  traceOf(key: string): string | undefined
  /**
   * Does something once the transaction is committed, such as counting; never when it is rolled back. It must not
   * throw.
   */
  afterCommit(work: () => void): void
}

export interface KeyedRequest {
  scope: string
  key: string
  /** SHA-256 of the path and the body: a different one under the same key is an error of the client. */
  fingerprint: string
}

export interface StoredAnswer {
  fingerprint: string
  status: number
  headers: Record<string, string>
  body: unknown
}

export type KeptAnswer = KeyedRequest & StoredAnswer

export interface DeletedRows {
  rows: number
  filled: number
}

export interface Schema {
  applied(): Promise<string[]>
  replicasBeyond(migrations: number, known: number): Promise<number>
  /** Undefined when it is deleted already. */
  count(deletion: Deletion): Promise<DeletedRows | undefined>
  revert(migration: Migration): Promise<void>
}

/** Refused when it takes too long. */
export type Report = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[] | Refused>

export interface Database {
  /** Each statement is a transaction of its own. For reads only: PostgreSQL refuses writes. */
  read: Tx
  /**
   * A read that may look at very many rows. One runs at a time, on a connection of its own and for 5 s at most, so that
   * it keeps no request or event waiting.
   */
  report: Report
  /** BEGIN, work, COMMIT; ROLLBACK when the work throws. Wakes the relay when the work appended to the outbox. */
  transaction<T>(work: (tx: Tx) => Promise<T>, causes?: ReadonlyMap<string, string> | string): Promise<T>
  /**
   * Must be the first statement of writes that carry an Idempotency-Key; each key may occur once. Returns the first
   * answer of each key that was used before, by `nameOf`. The other keys are now claimed: do the work, then call
   * `keepAnswers`. Waits for a concurrent holder of a key.
   */
  claimKeys(tx: Tx, requests: readonly KeyedRequest[]): Promise<Map<string, StoredAnswer>>
  keepAnswers(tx: Tx, answers: readonly KeptAnswer[]): Promise<void>
  /**
   * In place of `claimKeys` and `keepAnswers`, for keys that are new in all likelihood: one write instead of two, and
   * nothing to wait for before the work. When one of the keys was used before, the transaction fails with an error of
   * which `isKeyUsed` is true. Waits for a concurrent holder of a key.
   */
  keepNewAnswers(tx: Tx, answers: readonly KeptAnswer[]): Promise<void>
  isKeyUsed(error: unknown): boolean
  forgetAnswers(): Promise<number>
  /** Throws when the database cannot be reached within the time limit. */
  ping(): Promise<void>
  /**
   * Runs work that only one replica may do at a time, such as redriving dead letters. Waits 10 s for another replica,
   * then fails with a transient error.
   */
  exclusively<T>(work: () => Promise<T>): Promise<T>
  outbox: OutboxStore
  migrate(folder: URL): Promise<string[]>
  schema<T>(work: (schema: Schema) => Promise<T>): Promise<T>
  showReplica(migrations: number): Promise<LockHold>
  /** True for a transient failure: connection lost, deadlock, server starting or out of connections. */
  isTransient(error: unknown): boolean
  /**
   * The database is not what the service needs, as while it is restored or after a right was taken away: no event's
   * fault, and none that passes by itself.
   */
  isUnfit(error: unknown): boolean
  poolSize(): { total: number; idle: number; waiting: number }
  close(): Promise<void>
}

export function onlyInTransactions(): never {
  throw new Error('changes must be made in a transaction')
}
