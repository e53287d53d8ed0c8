import { setTimeout as pause } from 'node:timers/promises'

export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const answer = await condition()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      last = error // what is checked may be unavailable; that is often the point of the test
    }
    await pause(25)
  }
  throw new Error(`${what}: not within ${withinMs / 1000} s`, { cause: last })
}
