import { counter, type Measure, type OwnMetric } from '@docket/chassis/metric-registry.ts'
import { countWaiting } from './waiting.store.ts'

const outcomes = ['applied', 'duplicate', 'kept'] as const

const reports = counter<'outcome'>(
  'docket_carrier_reports_total',
  'Reports of carriers; kept: no shipment has that number yet',
  outcomes.map(outcome => ({ outcome })),
)

export const countReport = (outcome: (typeof outcomes)[number]) => reports.inc({ outcome })

/** For alerts: all of them wait for people. */
export const measures = (): readonly Measure[] => [
  {
    name: 'docket_shipments_waiting',
    help: 'What waits for people: open and late shipments, claims of carriers, announced returns, reports on unknown shipments',
    labels: ['for'],
    read: async tx => {
      const { dispatch, lateDispatch, confirmation, goods, unknownShipment } = await countWaiting(tx)
      return [
        { labels: { for: 'dispatch' }, value: dispatch },
        { labels: { for: 'late_dispatch' }, value: lateDispatch },
        { labels: { for: 'confirmation' }, value: confirmation },
        { labels: { for: 'goods' }, value: goods },
        { labels: { for: 'unknown_shipment' }, value: unknownShipment },
      ]
    },
  },
]

export const metrics: readonly OwnMetric[] = [reports]
