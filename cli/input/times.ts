import { usage } from '../failure.ts'
import { parseDuration } from './durations.ts'

interface Reading {
  now?: Date
  /** A time without a zone is UTC; else it is local. */
  utc?: boolean | undefined
}

const form = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}:?\d{2})?)?$/

/**
 * A point in time: RFC 3339, the same without a zone, a date, or how long ago (`5m`). Throws for a day or an hour that
 * does not exist, and for one that the clock showed twice, naming the flag.
 */
export function parseTime(text: string, flag: string, { now = new Date(), utc = false }: Reading = {}): Date {
  if (/^\d+(ms|s|m|h|d)$/.test(text)) return new Date(now.getTime() - parseDuration(text))
  const [, day, minute = '00:00', second = '00', fraction = '', zone] = form.exec(text) ?? []
  if (day === undefined)
    throw usage(
      `${flag}: "${text}" is not a time: write 2026-01-31T12:00 or 2026-01-31T12:00:00Z, or 5m for five minutes ago`,
    )
  const clock = `${day}T${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`
  const asUtc = Date.parse(`${clock}Z`)
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString() !== `${clock}Z`)
    throw usage(`${flag}: ${text} does not exist: there is no such day, or no such hour`)
  if (zone !== undefined) return new Date(asUtc - offsetOf(zone, flag, text) * minuteMs)
  if (utc) return new Date(asUtc)
  expectZone(flag, text)
  return new Date(localTime(asUtc, flag, text))
}

/** Node takes UTC for a zone that it does not know, without a word. Some names that Intl refuses it knows: UTC+2. */
function expectZone(flag: string, text: string): void {
  const zone = process.env.TZ?.replace(/^:/, '')
  if (!zone || offsetAt(0) !== 0 || offsetAt(Date.now()) !== 0) return
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions()
  } catch {
    throw usage(
      `${flag}: ${text} has no zone, and TZ names none that is known, ${zone}`,
      'write TZ=Europe/Berlin, or --utc',
    )
  }
}

const minuteMs = 60_000
const dayMs = 86_400_000

function offsetOf(zone: string, flag: string, text: string): number {
  if (/^z$/i.test(zone)) return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))]
  if (hours > 23 || minutes > 59) throw usage(`${flag}: ${text} has no zone that can be: write +01:00, or Z for UTC`)
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** Summer time begins with an hour that is skipped, and ends with one that comes twice: which was meant is not ours to guess. */
function localTime(asUtc: number, flag: string, text: string): number {
  const around = [asUtc - dayMs, asUtc + dayMs].map(offsetAt)
  const times = [...new Set(around)].map(offset => asUtc - offset * minuteMs)
  const [first, ...others] = times.filter(time => time + offsetAt(time) * minuteMs === asUtc)
  const written = times.map(time => `${new Date(time).toISOString().slice(0, 19)}Z`).sort()
  if (first === undefined)
    throw usage(`${flag}: ${text} does not exist here: the clock was put forward; write ${written.join(' or ')}`)
  if (others.length > 0)
    throw usage(`${flag}: ${text} was twice here, as the clock was put back; write ${written.join(' or ')}`)
  return first
}

const offsetAt = (time: number) => -new Date(time).getTimezoneOffset()

/** A beginning and an end that can have something between them. */
export function parseSpan(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  reading: Reading,
): { since?: Date; until?: Date } {
  const now = reading.now ?? new Date()
  const begin = since === undefined ? undefined : parseTime(since, '--since', reading)
  const end = until === undefined ? undefined : parseTime(until, '--until', reading)
  if (begin !== undefined && begin > now) throw usage(`--since: ${since} is in the future: nothing is there yet`)
  if (begin !== undefined && end !== undefined && end <= begin)
    throw usage(`--until: ${until} is not after --since ${since}: there is nothing between them`)
  return { ...(begin && { since: begin }), ...(end && { until: end }) }
}
