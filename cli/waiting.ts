import { tellingWaits } from '@docket/foundation/waiting.ts'

let say: (text: string) => void = () => undefined

/** Where {@link waitingFor} tells. */
export const tellWaits = (note: (text: string) => void) => {
  say = note
}

/** Does the work; when it takes longer than people wait without a word, says once what for. */
export const waitingFor = <T>(what: string, work: () => Promise<T>) =>
  tellingWaits(() => say(`waiting for ${what}`), work)
