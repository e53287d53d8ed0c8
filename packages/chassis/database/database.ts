import type { OutboxRow, OutboxStore } from '../messaging/outbox-store.ts'
import type { LockHold } from './lock-session.ts'
import type { Deletion } from './down-migrations.ts'
import type { Migration } from './migrations.ts'

export interface Tx {
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
  /** SHA-256 of the path and the body: another one under the same key is a mistake of the client. */
  fingerprint: string
}

export interface StoredAnswer {
  fingerprint: string
  status: number
  headers: Record<string, string>
  body: unknown
}

export interface DeletedRows {
  rows: number
  filled: number
}

export interface Schema {
  applied(): Promise<string[]>
  replicasBeyond(migrations: number, known: number): Promise<number>
  count(deletion: Deletion): Promise<DeletedRows | undefined>
  revert(migration: Migration): Promise<void>
}

export interface Database {
  /** Every statement is a transaction of its own. For reads; PostgreSQL refuses changes. */
  read: Tx
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
  forgetAnswers(): Promise<number>
  ping(): Promise<void>
  /**
   * Does what no other replica may do at the same time: redriving dead letters. Another is waited for, 10 s; fails then,
   * for now.
   */
  exclusively<T>(work: () => Promise<T>): Promise<T>
  outbox: OutboxStore
  migrate(folder: URL): Promise<string[]>
  schema<T>(work: (schema: Schema) => Promise<T>): Promise<T>
  showReplica(migrations: number): Promise<LockHold>
  /** True for a transient failure: connection lost, deadlock, server starting or out of connections. */
  isTransient(error: unknown): boolean
  poolSize(): { total: number; idle: number; waiting: number }
  close(): Promise<void>
}

/** What `Database.read` does instead of `change` and `append`. */
export function onlyInTransactions(): never {
  throw new Error('changes must be made in a transaction')
}
