import { tellingWaits } from '@docket/foundation/waiting.ts'

export { silentMs } from '@docket/foundation/waiting.ts'

let say: (text: string) => void = () => undefined

export const tellWaits = (note: (text: string) => void) => {
  say = note
}

/** Tells the user once what it waits for, when that takes longer than people wait without feedback. */
export const waitingFor = <T>(what: string, work: () => Promise<T>) =>
  tellingWaits(() => say(`waiting for ${what}`), work)

const longestTimerMs = 2 ** 31 - 1 // 25 days: a longer timer would fire at once

/** Works for any distance, and does not keep the process alive. */
export function timerAt(time: number, work: () => void): { clear(): void } {
  let timer: NodeJS.Timeout
  const set = () => {
    const left = time - Date.now()
    timer = setTimeout(() => (left > longestTimerMs ? set() : work()), Math.min(left, longestTimerMs)).unref()
  }
  set()
  return { clear: () => clearTimeout(timer) }
}
