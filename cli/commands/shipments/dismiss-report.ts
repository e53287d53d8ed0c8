import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import { carrierReportFields, carrierReportShape, type CarrierReport } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { reasonFrom, withReason, type ReasonOptions } from '../../input/reason.ts'
import { renderCarrierReports } from '../../render/carrier-report.ts'

export const about: About = {
  summary: 'Dismiss reports on shipments that are not ours',
  changesThings: true,
  prints: [carrierReportShape],
  samples: [{ args: 'harbour-post 81f3 --reason theirs', callers: [4, 4, 4, 1, 4] }],
}

export const command: Make = ready =>
  withReason(
    new Command('dismiss-report')
      .description("Dismiss carriers' reports that are about no shipment of ours; they count no more")
      .argument('<carrier>', 'as mgmt shipments reports shows it')
      .argument('<report-id...>', 'as mgmt shipments reports shows them'),
  )
    .addHelpText('after', '\nExample:\n  $ mgmt shipments dismiss-report harbour-post 81f3 --reason "of another shop"')
    .action(async (carrier: string, ids: string[], why: ReasonOptions) => {
      const mgmt = await ready()
      const reason = await reasonFrom(mgmt, why)
      const dismissed: CarrierReport[] = []
      for (const id of ids)
        dismissed.push(
          await sendOnce<CarrierReport>(mgmt, {
            service: 'shipping',
            path: '/carrier-reports/dismiss',
            body: { carrier, id, ...(reason !== undefined && { reason }) },
            unknown: `whether the report ${id} was dismissed`,
          }),
        )
      await mgmt.print(dismissed, renderCarrierReports, carrierReportFields)
    })
