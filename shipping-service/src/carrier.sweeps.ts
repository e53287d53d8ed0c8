import type { Database } from '@docket/chassis/database/database.ts'
import type { Sweep } from '@docket/chassis/sweeps.ts'
import type { Carriers } from './carrier.ts'
import { duringUpdate } from './goods.steps.ts'
import { forgetWaiting, lockMatched, saveMatched, undelivered } from './report.store.ts'
import { applyReports } from './report.steps.ts'
import { simulatedCarriers } from './simulated-carrier.ts'

const atOnce = 500
const forgottenDays = 90

/** Reports that came before their parcel had left, or while replicas of the release before were running. */
export const applyKept = (carriers: Carriers) => (db: Database) =>
  db.transaction(async tx => {
    if (duringUpdate()) return 0
    const reports = await lockMatched(tx, { limit: atOnce })
    if (reports.length === 0) return 0
    await applyReports(
      tx,
      reports.map(({ carrier, at, detail, ...one }) => ({
        ...one,
        at: at.toISOString(),
        detail: detail ?? undefined,
        isCertain: carriers.get(carrier)?.isTrusted === true,
      })),
    )
    saveMatched(tx, reports)
    return reports.length
  })

const forgetReports = (db: Database) => db.transaction(tx => forgetWaiting(tx, forgottenDays))

/** Locally, parcels arrive by themselves. */
export const deliverSimulated = (afterMs: number) => (db: Database) =>
  db.transaction(async tx => {
    if (duringUpdate()) return 0
    const shipments = await undelivered(tx, { carriers: simulatedCarriers, afterMs, limit: atOnce })
    const at = new Date().toISOString()
    if (shipments.length > 0)
      await applyReports(
        tx,
        shipments.map(one => ({ ...one, status: 'delivered', at, isCertain: true })),
      )
    return shipments.length
  })

export const sweeps = (carriers: Carriers, deliveryAfterMs: number | undefined): Sweep[] => [
  { name: 'apply kept reports', everyMs: 10_000, run: applyKept(carriers) },
  { name: 'forget carrier reports', everyMs: 3_600_000, run: forgetReports },
  ...(deliveryAfterMs === undefined
    ? []
    : [{ name: 'deliver simulated shipments', everyMs: 1_000, run: deliverSimulated(deliveryAfterMs) }]),
]
