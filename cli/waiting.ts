import { tellingWaits } from '@docket/foundation/waiting.ts'

export { silentMs } from '@docket/foundation/waiting.ts'

let say: (text: string) => void = () => undefined

/** Where {@link waitingFor} tells. */
export const tellWaits = (note: (text: string) => void) => {
  say = note
}

/** Does the work; when it takes longer than people wait without a word, says once what for. */
export const waitingFor = <T>(what: string, work: () => Promise<T>) =>
  tellingWaits(() => say(`waiting for ${what}`), work)

const longestTimerMs = 2 ** 31 - 1 // a timer that is set to more fires at once: 25 days

/** Does something at a point in time, however far away; does not keep the process. */
export function timerAt(time: number, work: () => void): { clear(): void } {
  let timer: NodeJS.Timeout
  const set = () => {
    const left = time - Date.now()
    timer = setTimeout(() => (left > longestTimerMs ? set() : work()), Math.min(left, longestTimerMs)).unref()
  }
  set()
  return { clear: () => clearTimeout(timer) }
}
