export const attemptMs = 8_000 // without an answer by then, it is looked up later
export const leaseMs = 10_000 // after a crash, the payment or refund waits this long
/** What is left of a lease for saving the answer. */
export const savingMs = leaseMs - attemptMs

/** Of a payment or refund that is leased. */
export interface Deadline {
  /** By the clock of this process. No call begins later, so that its answer is saved before another replica begins one. */
  answerByMs: number
}

/** Attempts are counted when they are leased. */
export const isLeasedAgain = (leased: { attempts: number }, now: { attempts: number }) =>
  now.attempts !== leased.attempts + 1

/** With less, an answer is not worth asking for. */
const leastMs = 1_000

/**
 * How long an answer may be waited for. Undefined when too little is left of the lease, since its transaction was
 * committed late: another replica may soon be at it, and a call would come beside its call.
 */
export function waitForMs({ answerByMs }: Deadline, nowMs: number): number | undefined {
  const ms = Math.min(attemptMs, answerByMs - nowMs)
  return ms < leastMs ? undefined : ms
}

export class LeaseEnded extends Error {
  override name = 'LeaseEnded'
}

/** Before each call that moves money: what it follows may have taken longer than the answer is waited for. */
export function expectLease({ answerByMs }: Deadline, nowMs: number): void {
  if (nowMs >= answerByMs) throw new LeaseEnded('the lease has ended')
}
