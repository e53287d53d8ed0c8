import { othersText, type Metered } from '../others.ts'
import type { PairRatio } from '../pairs.ts'
import { median } from '../statistics.ts'

export interface Memory {
  /** Since the replay began. */
  seconds: number
  mb: number
}

export interface StreamFigures {
  perSecond: number
  p50Ms: number
  p95Ms: number
  /** Rows that were timed. */
  rows: number
  memory: readonly Memory[]
  /** Of the feed of order-service and of the board; what each of them read. */
  readers: readonly { of: 'feed' | 'board'; events: number; gaps: number; ended?: string }[]
}

export interface BoardStream extends StreamFigures {
  minutes: number
  /** Shares of a core. */
  cpu: Record<'order-service' | 'mgmt', number>
}

export interface BoardCost {
  /** CPU that the services take for an order, in ms: with a board open (B) to without one (A). */
  services: PairRatio
  byService: Record<string, PairRatio>
}

export const limits = { perSecond: 1_000, p95Ms: 500, mb: 300, growthMb: 10, cost: 0.03 }

const flatSeconds = 180
const least = 0.97 // of the rate: below, the producer itself was too slow, and the figures are of another load

/** By how much memory has grown over the last three minutes: their last minute against their first. */
export function growthOf(memory: readonly Memory[]): number | undefined {
  const end = memory.at(-1)?.seconds ?? 0
  if (end < flatSeconds) return undefined
  const between = (from: number, to: number) =>
    median(memory.flatMap(({ seconds, mb }) => (seconds >= end - from && seconds <= end - to ? [mb] : [])))
  return between(60, 0) - between(flatSeconds, flatSeconds - 60)
}

/** What is above its limit, in words. */
export function excesses({ perSecond, p95Ms, rows, memory, readers }: StreamFigures): string[] {
  const [largest, growth] = [Math.max(...memory.map(({ mb }) => mb)), growthOf(memory)]
  const lost = readers.filter(({ ended, events }) => ended !== undefined || events === 0)
  return [
    perSecond < least * limits.perSecond && `only ${Math.round(perSecond)} events a second were produced`,
    rows === 0 && 'nothing appeared in the page',
    p95Ms > limits.p95Ms && `p95 ${Math.round(p95Ms)} ms is above ${limits.p95Ms} ms`,
    largest > limits.mb && `mgmt took ${Math.round(largest)} MB, which is above ${limits.mb} MB`,
    growth !== undefined &&
      growth > limits.growthMb &&
      `mgmt grew by ${growth.toFixed(1)} MB in its last three minutes`,
    lost.length > 0 && `${lost.length} readers read nothing or were cut off: ${lost[0]?.ended ?? 'nothing came'}`,
  ].filter(one => one !== false)
}

export const isTooDear = ({ services }: BoardCost): boolean => services.median >= 1 + limits.cost

export function renderStream(found: Metered<BoardStream>): string {
  const { minutes, perSecond, p50Ms, p95Ms, rows, memory, readers, cpu, others } = found
  const [mb, growth] = [memory.map(one => one.mb), growthOf(memory)]
  const over = excesses(found)
  return [
    `${Math.round(perSecond)} events a second for ${minutes} min; ${othersText(others)}`,
    `from produced to in the page: p50 ${Math.round(p50Ms)} ms, p95 ${Math.round(p95Ms)} ms, of ${rows} rows`,
    `memory of mgmt: ${Math.round(median(mb))} MB, at most ${Math.round(Math.max(...mb))} MB${growth === undefined ? '' : `; ${growth.toFixed(1)} MB more in the last three minutes`}`,
    ...(['feed', 'board'] as const).map(of => readersLine(of, readers)),
    `CPU: order-service ${cpu['order-service'].toFixed(2)}, mgmt ${cpu.mgmt.toFixed(2)} of a core`,
    over.length === 0 ? 'each figure is within its limits' : over.join('; '),
  ].join('\n')
}

function readersLine(of: 'feed' | 'board', readers: StreamFigures['readers']): string {
  const some = readers.filter(one => one.of === of)
  const gaps = some.reduce((sum, one) => sum + one.gaps, 0)
  return `${some.length} readers of the ${of}: ${Math.min(...some.map(({ events }) => events))} events at least, ${gaps} gaps`
}

export function renderCost(found: Metered<BoardCost>): string {
  const line = (name: string, { median: ratio, min, max, medianA, medianB }: PairRatio) =>
    `${name.padEnd(18)} ${ratio.toFixed(3)} (${min.toFixed(3)} .. ${max.toFixed(3)}): ${medianA.toFixed(2)} and ${medianB.toFixed(2)} ms an order`
  return [
    `CPU of the services with a board open, to that without; ${othersText(found.others, 'cpu')}`,
    line('in all', found.services),
    ...Object.entries(found.byService).map(([name, ratio]) => line(name, ratio)),
    isTooDear(found) ? `this is above ${100 * limits.cost} %` : 'this is within its limit',
  ].join('\n')
}
