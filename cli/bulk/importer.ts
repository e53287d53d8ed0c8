import type { Body } from '../client/generated/requests.ts'
import type { Look } from '../render/look.ts'
import type { RowResult } from './results.ts'
import type { Columns } from './rows.ts'
import type { Checked } from './shapes.ts'

/** What an import knows of what it imports. */
export interface Importer<Sent extends Body> {
  columns: Columns
  check(row: { row: number; values: Record<string, unknown>; broken?: string }): Checked<Sent>
  /** Sends a row under its key; returns the id of the created or updated resource. */
  send(body: Sent, key: string): Promise<string>
  /** What became of a row, as a line. */
  render(result: RowResult, look: Look): string
}
