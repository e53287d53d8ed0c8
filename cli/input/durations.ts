import { usage } from '../failure.ts'

const ms = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `500ms`, `60s`, `5m`, `2h`, `1d` in milliseconds. */
export function parseDuration(text: string): number {
  const found = /^(\d+)(ms|s|m|h|d)$/.exec(text)
  if (!found) throw usage(`"${text}" is not a duration: write 500ms, 60s, 5m, 2h or 1d`)
  return Number(found[1]) * ms[found[2] as keyof typeof ms]
}

/** For people: `85ms`, `1.2s`, `3m 20s`. */
export function formatDuration(duration: number): string {
  if (duration < 1_000) return `${Math.round(duration)}ms`
  if (duration < 60_000) return `${(duration / 1_000).toFixed(1)}s`
  const minutes = Math.floor(duration / 60_000)
  if (minutes < 60) return `${minutes}m ${Math.floor(duration / 1_000) % 60}s`
  return minutes < 60 * 24
    ? `${Math.floor(minutes / 60)}h ${minutes % 60}m`
    : `${Math.floor(minutes / 1_440)}d ${Math.floor(minutes / 60) % 24}h`
}
