import type { ExecutionContext } from 'ava'

/**
 * Says why a test takes more than five seconds, and roughly how many: `slow(t, 9, 'Kafka ends a session after 10 s')`.
 * It is printed below the title, and the runner lists slow tests that do not call it.
 */
export const slow = (t: ExecutionContext, seconds: number, why: string) => t.log(`${seconds} s: ${why}`)
