import pg from 'pg'
import { types } from './postgres-connection.ts'

type Callback = (error: Error | null, result?: pg.QueryResult) => void

/** What node-postgres calls on a query; @types/pg declares only `submit`. */
interface Query {
  name: string | undefined
  text: string
  submit(connection: pg.Connection): Error | null
  handleRowDescription(message: unknown): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: pg.Connection): void
  handleReadyForQuery(connection: pg.Connection): void
  handleError(error: Error, connection: pg.Connection): void
}

/** Those whose parsing has not been confirmed, by name. */
type NamedStatements = pg.Connection & { submittedNamedStatements: Record<string, string> }

const StatementQuery = pg.Query as unknown as new (
  config: pg.QueryConfig & { queryMode: 'extended' },
  callback: Callback,
) => Query

const BatchQuery = pg.Query as unknown as new (text: string) => { callback?: Callback }

/**
 * Statements that are one query to a client in pipeline mode. They have one Sync, behind the last of them: PostgreSQL
 * answers them together, and skips those behind one that failed, so they fail with its error.
 */
class Batch extends BatchQuery {
  readonly #statements: readonly Query[]
  #answered = 0

  constructor(statements: readonly Query[]) {
    super('')
    this.#statements = statements
  }

  get #current(): Query | undefined {
    return this.#statements[this.#answered]
  }

  // by the name and text of the active query, the client notes what the connection has parsed
  get name(): string | undefined {
    return this.#current?.name
  }
  set name(_: string) {}
  get text(): string | undefined {
    return this.#current?.text
  }
  set text(_: string) {}

  submit(connection: pg.Connection): null {
    const withoutSync = Object.create(connection, { sync: { value: () => undefined } }) as pg.Connection
    connection.stream.cork()
    for (const statement of this.#statements) statement.submit(withoutSync)
    connection.sync()
    connection.stream.uncork()
    return null
  }
  handleRowDescription(message: unknown): void {
    this.#current?.handleRowDescription(message)
  }
  handleDataRow(message: unknown): void {
    this.#current?.handleDataRow(message)
  }
  handleCommandComplete(message: unknown, connection: pg.Connection): void {
    this.#current?.handleCommandComplete(message, connection)
    this.#answered++
  }
  handleReadyForQuery(connection: pg.Connection): void {
    this.callback?.(null)
    for (const statement of this.#statements) statement.handleReadyForQuery(connection)
  }
  handleError(error: Error, connection: pg.Connection): void {
    this.callback?.(error)
    this.#statements.forEach((statement, at) => {
      if (at < this.#answered) return statement.handleReadyForQuery(connection)
      delete (connection as NamedStatements).submittedNamedStatements[statement.name ?? ''] // skipped, so not parsed
      statement.handleError(error, connection)
    })
  }
}

/** Sends the statements of one turn of the event loop as one batch, in one write. */
export function batching(client: pg.ClientBase) {
  let waiting: Query[] = []
  let isSent = false
  const send = () => {
    if (waiting.length === 0) return
    client.query(new Batch(waiting) as unknown as pg.Query)
    waiting = []
    isSent = true
  }
  return {
    async query(config: pg.QueryConfig): Promise<pg.QueryResult> {
      try {
        return await new Promise<pg.QueryResult>((resolve, reject) => {
          const answer: Callback = (error, result) => (error ? reject(error) : resolve(result as pg.QueryResult))
          if (waiting.length === 0) process.nextTick(send)
          waiting.push(new StatementQuery({ ...config, types, queryMode: 'extended' }, answer))
        })
      } catch (error) {
        if (error instanceof Error) Error.captureStackTrace(error) // it leads to a socket, not to who made the statement
        throw error
      }
    },
    /** Gives up what has not been sent. Returns whether anything has. */
    drop(): boolean {
      waiting = []
      return isSent
    },
  }
}
