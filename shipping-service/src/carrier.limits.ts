import { Bucket } from '@docket/chassis/http/budgets.ts'
import { TooManyRequests } from '@docket/chassis/http/caller-limits.ts'

const rate = { perSecond: 100, burst: 1_000 } // a carrier that was down reports what happened meanwhile

/** What a carrier may report to one replica; counted once its signature has been checked. */
export function carrierLimits(now = () => performance.now()) {
  const buckets = new Map<string, Bucket>() // one for each carrier that is set up
  return {
    admit(carrier: string): void {
      const bucket = buckets.get(carrier) ?? new Bucket(rate, now())
      buckets.set(carrier, bucket)
      const waitMs = bucket.take(rate, now())
      if (waitMs > 0) throw new TooManyRequests(`More than ${rate.perSecond} reports a second. Send it again.`, waitMs)
    },
  }
}
