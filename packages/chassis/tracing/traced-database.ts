import { SpanKind, trace, type Attributes, type Context, type Link, type Span } from '@opentelemetry/api'
import type { Database, Tx } from '../database/database.ts'
import { NotKept } from '../http/idempotency.ts'
import { HttpError } from '../http/errors.ts'
import {
  codeOf,
  contextOf,
  currentContext,
  currentTraceparent,
  failed,
  inPart,
  inSpan,
  isRecorded,
  partOf,
} from './context.ts'
import type { Spans } from './exporter.ts'

const mostLinks = 20 // of what may be a thousand: enough to see whose work a batch was, at 100 bytes each

/**
 * A database whose transactions are spans, and the statements in them and in reads that are part of something. A
 * statement is named by what it does to which tables; its values and its text are not recorded.
 */
export function databaseSpans(tracer: Spans, db: Database, url: string): Database {
  const { protocol, hostname, port, pathname } = new URL(url)
  const about = {
    'db.system.name': protocol.startsWith('postgres') ? 'postgresql' : 'mysql',
    'db.namespace': pathname.slice(1),
    'server.address': hostname,
    ...(port && { 'server.port': Number(port) }),
  }
  const traced = statementSpans(tracer, about)

  return {
    ...db,
    read: traced(db.read, undefined),
    transaction(work, causes) {
      const cause = currentTraceparent()
      const origin = originOf(causes, cause)
      if (!origin) return db.transaction(work, causes) // work without an origin: a start, a test
      const { parent, links, isOwn } = origin
      const count = typeof causes === 'object' ? causes.size : 1
      const span = tracer.startSpan(
        'transaction',
        { kind: SpanKind.CLIENT, links, attributes: { ...about, ...(count > 1 && { 'docket.batch.size': count }) } },
        parent,
      )
      return inSpan(
        span,
        isOwn ? undefined : partOf(),
        () => db.transaction(tx => work(traced(tx, cause)), causes),
        noteRollback,
      )
    },
  }
}

/** Makes a span of each statement of a transaction or of a read; `cause` is what rows of the outbox say by default. */
function statementSpans(tracer: Spans, about: Attributes): (tx: Tx, cause: string | undefined) => Tx {
  const begin = (summary: string) =>
    tracer.startSpan(
      summary,
      { kind: SpanKind.CLIENT, attributes: { ...about, 'db.query.summary': summary } },
      currentContext(),
    )
  const statement = <T>(summary: string, run: () => Promise<T>): Promise<T> => {
    if (!isRecorded()) return run()
    const span = begin(summary)
    return inPart(span, () =>
      run().catch((error: unknown) => {
        const code = codeOf(error)
        if (code !== undefined) span.setAttribute('db.response.status_code', code)
        throw error
      }),
    )
  }
  /** Its end is not awaited: its span is the moment at which it was sent, and its failure is the transaction's. */
  const sent = (summary: string): void => {
    if (isRecorded()) begin(summary).end()
  }
  return (tx, cause) => ({
    query: (sql, values) => statement(summaryOf(sql), () => tx.query(sql, values)),
    change(sql, values) {
      sent(summaryOf(sql))
      tx.change(sql, values)
    },
    append(rows) {
      sent('INSERT outbox')
      tx.append(rows)
    },
    traceOf: key => tx.traceOf(key) ?? cause,
    afterCommit: work => tx.afterCommit(work),
  })
}

/**
 * Where a transaction belongs: to what is under way when that is one of its causes, else to the first cause that is
 * recorded. The other causes are linked.
 */
function originOf(
  causes: ReadonlyMap<string, string> | string | undefined,
  here: string | undefined,
): { parent: Context; links: Link[]; isOwn: boolean } | undefined {
  const all = typeof causes === 'string' ? [causes] : [...new Set(causes?.values())]
  if (all.length === 0) return here === undefined ? undefined : { parent: currentContext(), links: [], isOwn: false }
  const recorded = all.filter(cause => cause.endsWith('1'))
  const chosen = here !== undefined && all.includes(here) ? here : (recorded[0] ?? all[0])
  const links = recorded
    .filter(cause => cause !== chosen)
    .slice(0, mostLinks)
    .flatMap(cause => {
      const context = trace.getSpanContext(contextOf(cause, false))
      return context ? [{ context }] : []
    })
  return { parent: contextOf(chosen, false), links, isOwn: true }
}

/** A refusal is no failure of the database: the transaction is rolled back, as it should be. */
function noteRollback(span: Span, error: unknown): void {
  span.setAttribute('docket.rolled_back', true)
  if (!(error instanceof NotKept) && !(error instanceof HttpError && error.status < 500)) failed(span, error)
}

const known = new Map<string, string>()
const mostKnown = 500 // the texts of a service are few, unless values are in them
const longest = 255 // characters of a summary, says the convention

export function summaryOf(sql: string): string {
  const before = known.get(sql)
  if (before !== undefined) return before
  const summary = summarise(sql)
  if (known.size < mostKnown) known.set(sql, summary)
  return summary
}

// comments, texts, and what says FROM and means no table
const noise = /--[^\n]*|'(?:[^']|'')*'|\b(?:extract|substring|trim)\s*\([^()]*\)/gi
const withNames = /\b(\w+)\s*(?:\([^()]*\)\s*)?AS\s+(?:(?:NOT\s+)?MATERIALIZED\s+)?\(/gi
const parts =
  /\b(INSERT\s+INTO|DELETE\s+FROM|(?<!\b(?:FOR|KEY|DO)\s+)UPDATE|SELECT|FROM|JOIN)\b(?:\s+(?:ONLY\s+)?([\w."`]+)(\s*\()?)?/gi

function summarise(sql: string): string {
  const text = sql.replaceAll(noise, ' ')
  const temporary = new Set([...text.matchAll(withNames)].map(([, name]) => name))
  const words: string[] = []
  for (const [, verb = '', name, call] of text.matchAll(parts)) {
    const word = verb.split(/\s/)[0]?.toUpperCase() ?? ''
    if (word === 'SELECT') words.push(word)
    else if (name === undefined || temporary.has(name)) continue
    else if (word !== 'FROM' && word !== 'JOIN') words.push(word, bare(name))
    else if (call === undefined && !/^lateral$/i.test(name)) words.push(bare(name))
  }
  return tidy(words).join(' ').slice(0, longest) || 'SQL'
}

const bare = (name: string) => name.replaceAll(/["`]/g, '')

function tidy(all: string[]): string[] {
  const isVerb = (word: string | undefined) => word === undefined || /^(?:SELECT|INSERT|UPDATE|DELETE)$/.test(word)
  const words = all.filter((word, at) => word !== 'SELECT' || all.length === 1 || !isVerb(all[at + 1]))
  return words.filter((word, at) => word !== words[at - 1])
}
