/**
 * Lets all who ask the same source within `freshMs` share one answer, so that what it costs does not grow with their
 * number. A question that fails is asked again by the next caller.
 */
export function sharedAnswer<Source extends object, Answer>(
  freshMs: number,
  ask: (source: Source) => Promise<Answer>,
  now = () => performance.now(),
): (source: Source) => Promise<Answer> {
  const known = new WeakMap<Source, { untilMs: number; answer: Promise<Answer> }>()
  return source => {
    const last = known.get(source)
    if (last && now() < last.untilMs) return last.answer
    const next = { untilMs: Infinity, answer: ask(source) } // nobody asks while an answer is under way
    known.set(source, next)
    next.answer.then(
      () => (next.untilMs = now() + freshMs),
      () => known.get(source) === next && known.delete(source),
    )
    return next.answer
  }
}
