interface Mark {
  before: string
  kept: readonly string[]
}

interface Candidates {
  end: string
  notDue: readonly string[]
  fresh: number
}

/**
 * The next mark, given what was found behind it. It keeps at most `mostKept` orders: with more, it stops before the
 * first one too many, and advances when others are gone. Without candidates it stays, so that it is not published
 * needlessly.
 */
export function nextMark(mark: Mark, { end, notDue, fresh }: Candidates, mostKept: number): Mark {
  if (fresh === 0) return { before: mark.before, kept: notDue }
  const tooMany = notDue[mostKept]
  return tooMany === undefined ? { before: end, kept: notDue } : { before: tooMany, kept: notDue.slice(0, mostKept) }
}

export const isSameMark = (a: Mark, b: Mark) => a.before === b.before && a.kept.join() === b.kept.join()
