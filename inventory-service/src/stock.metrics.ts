import { counter, type OwnMetric } from '@docket/chassis/metric-registry.ts'
import type { Outcome } from './stock.ts'
import { rejectionReasons } from '@docket/contract/terms.ts'

const rejections = counter(
  'docket_stock_rejections_total',
  'Orders that got no stock, by reason',
  rejectionReasons.map(reason => ({ reason })),
)

export function countRejections(outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) if (!outcome.reserved) rejections.inc({ reason: outcome.reason })
}

export const metrics: readonly OwnMetric[] = [rejections]
