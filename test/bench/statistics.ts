export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? NaN
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [below, above] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return below === undefined || above === undefined ? NaN : (below + above) / 2
}

/** Largest less smallest, as a fraction of the median. */
const spread = (values: readonly number[]) => (Math.max(...values) - Math.min(...values)) / median(values)

export interface Figure {
  median: number
  /** Largest less smallest, as a fraction of the median. */
  spread: number
  repeats: number[]
}

export const figure = (repeats: number[]): Figure => ({ median: median(repeats), spread: spread(repeats), repeats })

export async function repeated<T>(repeats: number, measure: () => Promise<T>): Promise<T[]> {
  const found: T[] = []
  for (let repeat = 0; repeat < repeats; repeat++) found.push(await measure())
  return found
}
