import type { ShownEvent } from '../events/shown-event.ts'

/** Events that nobody here has seen, from one time to another. */
export interface Gap {
  from: string
  to: string
}

export type Happening = { event: ShownEvent } | { gap: Gap }
export type Numbered = Happening & { seq: number }

/** At a thousand events a second, a page that was away for some seconds still misses nothing. */
export const mostKept = 10_000

/**
 * What happened last, numbered, and shared by all pages: each keeps only the number that it has read to, so a slow one
 * costs nothing.
 */
export function history(capacity = mostKept) {
  const kept: Numbered[] = []
  let next = 1
  return {
    add(happening: Happening): Numbered {
      const numbered = { ...happening, seq: next }
      kept[next % capacity] = numbered
      next++
      return numbered
    },
    /** The number of what happens next. */
    get next() {
      return next
    },
    /** All since that number, oldest first, and what of it is no longer here. */
    since(seq: number): { happenings: Numbered[]; missed: number } {
      const first = Math.max(seq, next - capacity, 1)
      const happenings: Numbered[] = []
      for (let at = first; at < next; at++) {
        const one = kept[at % capacity]
        if (one) happenings.push(one)
      }
      return { happenings, missed: Math.max(0, first - Math.max(seq, 1)) }
    },
  }
}

export type History = ReturnType<typeof history>
