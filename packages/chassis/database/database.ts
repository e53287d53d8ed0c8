import type { OutboxRow, OutboxStore } from '../messaging/outbox-store.ts'
import type { LockHold } from './lock-session.ts'
import type { Deletion } from './down-migrations.ts'
import type { Migration } from './migrations.ts'

/** One transaction (or, as `Database.read`, statements that each commit by themselves). */
export interface Tx {
  /** Runs one parameterised statement. `rowCount` is the number of rows returned or changed. */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number }>
  /**
   * A write whose result is not needed. It is pipelined: sent at once, in order with the other statements, without
   * waiting for its answer. When it fails, the transaction fails with its error.
   */
  change(sql: string, values?: readonly unknown[]): void
  /**
   * Appends rows to the outbox of this database, in this transaction, as a `change`. Call `publish` of outbox.ts
   * instead.
   */
  append(rows: readonly OutboxRow[]): void
  /** The W3C traceparent of what caused the work on this key, if it came with one. */
  traceOf(key: string): string | undefined
  /**
   * Does something once the transaction is committed, such as counting; never when it is rolled back. It must not
   * throw.
   */
  afterCommit(work: () => void): void
}

/** What identifies a request that may come twice. */
export interface KeyedRequest {
  /** Whose key on which endpoint: `<user id or 'anyone'> <METHOD> <path template>`. */
  scope: string
  key: string
  /** SHA-256 of the path and the body: another one under the same key is a mistake of the client. */
  fingerprint: string
}

/** A stored first answer to a request that carried an Idempotency-Key. */
export interface StoredAnswer {
  fingerprint: string
  status: number
  headers: Record<string, string>
  body: unknown
}

/** How much a deletion deletes: rows of the table, and of those the rows with a value in the column. */
export interface DeletedRows {
  rows: number
  /** With another value than the column's default. */
  filled: number
}

/** The way back from a migration. */
export interface Schema {
  /** The names of the migrations in the database, in order. */
  applied(): Promise<string[]>
  /** How many replicas are up whose releases have more than so many migrations, at most `known`. */
  replicasBeyond(migrations: number, known: number): Promise<number>
  /** Undefined when it is deleted already. */
  count(deletion: Deletion): Promise<DeletedRows | undefined>
  /** Runs the migration's down statements, and forgets it. */
  revert(migration: Migration): Promise<void>
}

/** What the chassis needs of a database; postgres.ts and mysql.ts each give one. */
export interface Database {
  /** Every statement is a transaction of its own. For reads; PostgreSQL refuses changes. */
  read: Tx
  /** BEGIN, work, COMMIT; ROLLBACK when the work throws. Wakes the relay when the work appended to the outbox. */
  transaction<T>(work: (tx: Tx) => Promise<T>, causes?: ReadonlyMap<string, string> | string): Promise<T>
  /**
   * The first statement of writes that carry an Idempotency-Key, each key at most once. Gives the first answer of each
   * key that came before, by `nameOf`; the other keys are ours now: go on, and call `keepAnswers`. A concurrent holder of
   * a key is waited for.
   */
  claimKeys(tx: Tx, requests: readonly KeyedRequest[]): Promise<Map<string, StoredAnswer>>
  /** Keeps the answers for claimed keys, in the same transaction. */
  keepAnswers(
    tx: Tx,
    answers: readonly (Pick<KeyedRequest, 'scope' | 'key'> & Omit<StoredAnswer, 'fingerprint'>)[],
  ): Promise<void>
  /** Deletes some of the answers that are older than a day; returns how many. */
  forgetAnswers(): Promise<number>
  /** Throws when the database cannot be reached within the time limit. */
  ping(): Promise<void>
  /**
   * Does what no other replica may do at the same time: redriving dead letters. Another is waited for, 10 s; fails then,
   * for now.
   */
  exclusively<T>(work: () => Promise<T>): Promise<T>
  outbox: OutboxStore
  /** Brings the schema up to date with the numbered files in the folder, under a lock. */
  migrate(folder: URL): Promise<string[]>
  /** Works on the schema while no other process migrates it; fails when one does so for long. */
  schema<T>(work: (schema: Schema) => Promise<T>): Promise<T>
  /** Shows to `replicasBeyond` that a replica is up whose release has so many migrations. */
  showReplica(migrations: number): Promise<LockHold>
  /** True for a transient failure: connection lost, deadlock, server starting or out of connections. */
  isTransient(error: unknown): boolean
  /** Open, idle and waiting connections, for the metrics. */
  poolSize(): { total: number; idle: number; waiting: number }
  close(): Promise<void>
}

/** What `Database.read` does instead of `change` and `append`. */
export function onlyInTransactions(): never {
  throw new Error('changes are made in a transaction')
}
