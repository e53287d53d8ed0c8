import type { Tx } from '@docket/chassis/database/database.ts'
import { newId } from '@docket/chassis/id.ts'
import { followedBy, unchanged, report, type Goods, type Report, type Step } from './goods.ts'
import { lockGoods } from './goods.store.ts'
import { save } from './goods.steps.ts'

export interface ShipmentReport extends Report {
  orderId: string
  shipmentId: string
  /** True: it counts as if an operator notice it. */
  isCertain: boolean
}

/** Reports change their shipments by their ranks, so those that come late change nothing. */
export async function applyReports(tx: Tx, reports: readonly ShipmentReport[]): Promise<void> {
  const goods = await lockGoods(
    tx,
    reports.map(({ orderId }) => orderId),
  )
  const changes = [...Map.groupBy(reports, ({ orderId }) => orderId)].map(([orderId, some]) => {
    const before = goods.get(orderId) as Goods // its shipment was found
    return {
      before,
      step: some.reduce((step, one) => followedBy(step, next => reportOn(next, one)), unchanged(before)),
    }
  })
  await save(
    tx,
    changes.filter(({ before, step }) => step.goods !== before),
  )
}

function reportOn(goods: Goods, { shipmentId, isCertain, ...notice }: ShipmentReport): Step {
  const shipment = goods.shipments.find(({ id }) => id === shipmentId)
  return shipment ? report(goods, shipment, notice, isCertain, newId) : unchanged(goods)
}
