import type { Body } from '../client/generated/requests.ts'
import type { Look } from '../render/look.ts'
import type { RowResult } from './results.ts'
import type { Columns } from './rows.ts'
import type { Checked } from './shapes.ts'

export interface Importer<Sent extends Body> {
  columns: Columns
  check(row: { row: number; values: Record<string, unknown>; broken?: string }): Checked<Sent>
  /** The key makes it safe to send a row again; returns the id of the created or updated resource. */
  send(body: Sent, key: string): Promise<string>
  render(result: RowResult, look: Look): string
}
