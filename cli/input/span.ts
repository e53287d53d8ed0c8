import type { Command } from 'commander'
import { parseSpan } from './times.ts'

export interface SpanOptions {
  since?: string
  until?: string
}

export const withSpan = (command: Command, what: string) =>
  command
    .option('--since <time>', `${what} at or after: 2026-01-31T12:00 (local), …T12:00:00Z, or 5m for five minutes ago`)
    .option('--until <time>', `${what} before`)

export function spanQuery(options: SpanOptions, { utc }: { utc?: boolean }) {
  const { since, until } = parseSpan(options, { utc })
  return { since: since?.toISOString(), until: until?.toISOString() }
}
