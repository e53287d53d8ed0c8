type CleanUp = () => void | Promise<void>

const cleanUps = new Set<CleanUp>()

/** Something that must be put right however the command ends, also by Ctrl-C. Returns what takes it back. */
export function beforeEnding(work: CleanUp): () => void {
  cleanUps.add(work)
  return () => cleanUps.delete(work)
}

const patienceMs = 3_000

/** Puts everything right; waits only so long. */
export async function cleanUp(): Promise<void> {
  if (cleanUps.size === 0) return
  const works = [...cleanUps].map(async work => work())
  cleanUps.clear()
  await Promise.race([
    Promise.allSettled(works),
    new Promise(resolve => {
      setTimeout(resolve, patienceMs).unref()
    }),
  ])
}
