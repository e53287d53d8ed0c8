let say: (text: string) => void = () => undefined

/** Where {@link waitingFor} tells. */
export const tellWaits = (note: (text: string) => void) => {
  say = note
}

export const silentMs = 3_000

/** Does the work; when it takes longer than people wait without a word, says once what for. */
export async function waitingFor<T>(what: string, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => say(`waiting for ${what}`), silentMs).unref()
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}
