type CleanUp = () => void | Promise<void>

const cleanUps = new Set<CleanUp>()

/** Registers clean-up that runs however the command ends, even by Ctrl-C. Returns a function that unregisters it. */
export function beforeEnding(work: CleanUp): () => void {
  cleanUps.add(work)
  return () => cleanUps.delete(work)
}

const patienceMs = 3_000

/** With a time limit, so that clean-up cannot keep the command from ending. */
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
