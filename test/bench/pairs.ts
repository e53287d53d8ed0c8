import { median } from './statistics.ts'

export interface Pair<T> {
  a: T
  b: T
}

/** B in relation to A: the ratios are those of the pairs, as the machine drifts from one pair to the next. */
export interface PairRatio {
  median: number
  min: number
  max: number
  medianA: number
  medianB: number
}

export function ratioOfPairs(pairs: readonly Pair<number>[]): PairRatio {
  const ratios = pairs.map(({ a, b }) => b / a)
  return {
    median: median(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    medianA: median(pairs.map(({ a }) => a)),
    medianB: median(pairs.map(({ b }) => b)),
  }
}

/** Measures both sides in turn: A B, B A, A B, … so that a machine that gets slower is not held against one of them. */
export async function interleaved<T>(
  count: number,
  measureA: () => Promise<T>,
  measureB: () => Promise<T>,
): Promise<Pair<T>[]> {
  const pairs: Pair<T>[] = []
  while (pairs.length < count) {
    if (pairs.length % 2 === 0) pairs.push({ a: await measureA(), b: await measureB() })
    else {
      const b = await measureB()
      pairs.push({ a: await measureA(), b })
    }
  }
  return pairs
}
