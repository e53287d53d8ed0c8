import type { Api } from './client/api.ts'
import type { AddressFlags, Context } from './client/context.ts'
import type { SessionStore } from './client/session.ts'
import type { ExitStatus } from './failure.ts'
import type { LiveLines } from './render/live.ts'
import type { Look } from './render/look.ts'

export interface GlobalOptions extends AddressFlags {
  /** Names of the fields that are wanted, with commas between them. */
  fields?: string
  output: 'table' | 'json' | 'jsonl' | 'csv'
  /** CSV as it is, though a spreadsheet would take some of it for formulas. */
  raw?: boolean
  context?: string
  input: boolean
  color: 'auto' | 'always' | 'never'
  quiet?: boolean
  verbose?: boolean
  timeout?: string
  utc?: boolean
}

/** What every command works with. It alone writes: data to stdout, everything else to stderr. */
export interface Mgmt {
  options: GlobalOptions
  context: Context
  api: Api
  sessions: SessionStore
  /** Aborted by Ctrl-C and by --timeout. */
  signal: AbortSignal
  /** True when it can prompt a person. */
  interactive: boolean
  /**
   * Prints a value: as a table by `render`, as JSON, or as CSV. A list is one JSON array, one line each with jsonl, and
   * with csv rows of these columns; of those that its values have, when none are given.
   */
  print<T>(value: T, render: (value: T, look: Look) => string, columns?: readonly string[]): Promise<void>
  /** A stream begins: with json it is one array, whole however it ends; with csv it has these columns. */
  openLines(columns: readonly string[]): void
  /** Prints one value of a stream: a line of text, one line of JSON, or one element of the array. */
  printLine<T>(value: T, render: (value: T, look: Look) => string): Promise<void>
  /** The same for several values that are there at once, in one write. */
  printLines<T>(values: readonly T[], render: (value: T, look: Look) => string): Promise<void>
  /** Tells the person something on stderr; not with --quiet. */
  note(text: string | ((look: Look) => string)): void
  /** Says what became of a change, and how to go on; also with --quiet. */
  tell(text: string): void
  /**
   * A line at the bottom of the terminal that shows what is going on; undefined removes it. Nothing where stderr is
   * no terminal.
   */
  progress(text: string | undefined): void
  /** Whether people see progress as it goes, and not as lines. */
  hasProgress: boolean
  /** Draws a value on a terminal's stdout, over what was drawn there before. */
  draw<T>(live: LiveLines, value: T, render: (value: T, look: Look) => string): void
  exitWith(status: ExitStatus): void
}
