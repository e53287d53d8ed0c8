import { networkOf } from '@docket/foundation/network-address.ts'
import { Bucket, Callers, operatorFactor, type Caller, type Rate } from './budgets.ts'
import { HttpError } from './errors.ts'
import type { NotedResponse } from './request.ts'
import type { User } from './route.ts'

/** What one user may ask of one replica, or one address where nobody is logged in; operators ten times that. */
export interface CallerLimits {
  requests: Rate
  underWay: number
  heavy: number
  streams: number
}

export class TooManyRequests extends HttpError {
  override name = 'TooManyRequests'
  /** Milliseconds for which the answer is held back. */
  readonly heldMs: number
  constructor(detail: string, retryAfterMs: number, heldMs = 0) {
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000))
    super(429, 'too_many_requests', detail, { headers: { 'retry-after': String(seconds) } })
    this.heldMs = heldMs
  }
}

const refusalsAtOnce: Rate = { perSecond: 20, burst: 20 }
const underWayRetryMs = 1_000
const shortestHoldMs = 1_000
const longestHoldMs = 3_000

/**
 * Keeps one caller from using up the capacity for all. Checked before the body of a request is read.
 *
 * A caller that ignores refusals gets them late: with a thousand connections that retry at once, the refusals alone
 * would keep the process busy. The delay varies, so that the callers do not all come back at the same moment.
 */
export function callerLimits(limits: CallerLimits, now = () => performance.now(), chance = Math.random) {
  const rates = new Map([1, operatorFactor].map(factor => [factor, times(limits.requests, factor)]))
  const callers = new Callers<Caller>(
    () => newCaller(limits.requests, now()),
    ({ underWay, streams }) => underWay > 0 || streams > 0,
  )

  const refuse = (caller: Caller, detail: string, retryAfterMs: number): never => {
    const isPatient = caller.refusals.take(refusalsAtOnce, now()) === 0
    throw new TooManyRequests(
      detail,
      retryAfterMs,
      isPatient ? 0 : shortestHoldMs + chance() * (longestHoldMs - shortestHoldMs),
    )
  }

  const take = (caller: Caller, rate: Rate, count: number) => {
    const waitMs = caller.requests.take(rate, now(), count)
    if (waitMs > 0) refuse(caller, `More than ${rate.perSecond} requests a second. Wait, then try again.`, waitMs)
  }

  return {
    /** Counts a request until its answer is sent; throws TooManyRequests. */
    enter(user: User | undefined, address: string, res: NotedResponse, isHeavy = false): void {
      const caller = callers.of(user?.id ?? networkOf(address))
      const factor = user?.role === 'operator' ? operatorFactor : 1
      const rate = rates.get(factor) ?? limits.requests
      if (factor !== caller.factor) {
        caller.factor = factor
        caller.requests = new Bucket(rate, now())
      }
      take(caller, rate, 1)
      const most = isHeavy ? limits.heavy * factor : limits.underWay * factor
      if ((isHeavy ? caller.heavy : caller.underWay) >= most)
        refuse(caller, `${most} of your requests are under way. Wait for their answers.`, underWayRetryMs)
      if (res.closed) return // left while it was found out who asks: its end has been, and would not take it back
      caller.underWay++
      if (isHeavy) caller.heavy++
      res.locals.caller = caller
      res.once('close', () => {
        if (isHeavy) caller.heavy--
        if (res.locals.isStream) caller.streams--
        else caller.underWay--
      })
    },
    /** Counts a request as several, once it is known how much it asks for; throws TooManyRequests. */
    weigh({ locals: { caller } }: NotedResponse, weight: number): void {
      if (caller && weight > 1) take(caller, rates.get(caller.factor) ?? limits.requests, weight - 1)
    },
    admitStream({ locals }: NotedResponse): boolean {
      const { caller } = locals
      if (caller === undefined) return true
      if (caller.streams >= limits.streams * caller.factor) return false
      caller.underWay--
      caller.streams++
      locals.isStream = true
      return true
    },
  }
}

const newCaller = (requests: Rate, nowMs: number): Caller => ({
  requests: new Bucket(requests, nowMs),
  refusals: new Bucket(refusalsAtOnce, nowMs),
  underWay: 0,
  heavy: 0,
  streams: 0,
  factor: 1,
})

export type CallerAccounts = ReturnType<typeof callerLimits>

const times = ({ perSecond, burst }: Rate, factor: number): Rate => ({
  perSecond: perSecond * factor,
  burst: burst * factor,
})
