import type { Api } from './client/api.ts'
import type { AddressFlags, Context } from './client/context.ts'
import type { SessionStore } from './client/session.ts'
import type { ExitStatus } from './failure.ts'
import type { LiveLines } from './render/live.ts'
import type { Look } from './render/look.ts'

export interface GlobalOptions extends AddressFlags {
  fields?: string
  output: 'table' | 'json' | 'jsonl' | 'csv'
  raw?: boolean
  context?: string
  input: boolean
  color: 'auto' | 'always' | 'never'
  quiet?: boolean
  verbose?: boolean
  timeout?: string
  utc?: boolean
}

/** Commands write through it alone, so that stdout carries nothing but data. */
export interface Mgmt {
  options: GlobalOptions
  context: Context
  api: Api
  sessions: SessionStore
  /** Aborted by Ctrl-C and --timeout, so that no wait outlasts them. */
  signal: AbortSignal
  interactive: boolean
  /**
   * A table by `render`, JSON, or CSV. A list is one JSON array, with jsonl one line per element, and with csv rows of
   * these columns, by default those that occur in its values.
   */
  print<T>(value: T, render: (value: T, look: Look) => string, columns?: readonly string[]): Promise<void>
  /**
   * A stream has no end that is known in advance, so json opens an array, which is closed however it ends; csv prints
   * its header.
   */
  openLines(columns: readonly string[]): void
  printLine<T>(value: T, render: (value: T, look: Look) => string): Promise<void>
  /** One write for all, because a write for each takes longer than reading it. */
  printLines<T>(values: readonly T[], render: (value: T, look: Look) => string): Promise<void>
  /** Silent with --quiet, so it must not carry an outcome: see `tell`. */
  note(text: string | ((look: Look) => string)): void
  /** Reports the outcome of a change even with --quiet, because it must not be missed. */
  tell(text: string): void
  /**
   * The line is redrawn at the bottom of the terminal; undefined removes it. No effect where stderr is not a terminal.
   */
  progress(text: string | undefined): void
  hasProgress: boolean
  draw<T>(live: LiveLines, value: T, render: (value: T, look: Look) => string): void
  exitWith(status: ExitStatus): void
}
