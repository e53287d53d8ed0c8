import { Command } from 'commander'
import { carrierReportFields, carrierReportShape, type CarrierReport } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { renderCarrierReports } from '../../render/carrier-report.ts'

export const about: About = {
  summary: "List carriers' reports on unknown shipments",
  prints: [carrierReportShape],
  samples: [{ callers: 'observers' }],
}

const most = 500 // of one page; the others follow once these are dismissed

export const command: Make = ready =>
  new Command('reports')
    .description(
      `List carriers' reports on shipments that are not known here, the oldest first, up to ${most}: a report counts once a shipment with its tracking number has left; one that is about no shipment of ours can be dismissed`,
    )
    .addHelpText('after', '\nExample:\n  $ mgmt shipments reports')
    .action(async () => {
      const mgmt = await ready()
      const { items } = await mgmt.api.get<{ items: CarrierReport[] }>('shipping', `/carrier-reports?limit=${most}`)
      await mgmt.print(items, renderCarrierReports, carrierReportFields)
    })
