import { Callers, MinuteCount, operatorFactor } from '@docket/chassis/http/budgets.ts'
import { TooManyRequests } from '@docket/chassis/http/caller-limits.ts'
import type { User } from '@docket/chassis/http/route.ts'
import type { RejectedOrder } from './order.store.ts'

export interface OrderLimits {
  /** Counts an order that is about to be created; throws TooManyRequests. */
  admit(user: User): void
  rejected(orders: readonly RejectedOrder[]): void
}

const weight = 3 // of a rejected order: it costs as much as any other, and earns nothing
const linesMore = 3 // because each further line adds to what is written: 2 KB for one line, 25 KB for a hundred

export const weightOf = ({ lines }: Pick<RejectedOrder, 'lines'>) => weight + Math.floor((lines - 1) / linesMore)

export function orderLimits(perMinute: number, now = () => performance.now()): OrderLimits {
  const counts = new Callers(() => new MinuteCount())
  return {
    admit({ id, role }) {
      const most = role === 'operator' ? perMinute * operatorFactor : perMinute
      const waitMs = counts.of(id).take(most, now())
      if (waitMs > 0)
        throw new TooManyRequests(
          `${most} orders a minute are as many as you may create; rejected ones count three times and more. Wait, then try again with the same Idempotency-Key.`,
          waitMs,
        )
    },
    rejected(orders) {
      for (const order of orders) counts.of(order.customerId).add(weightOf(order) - 1, now()) // it has counted once
    },
  }
}
