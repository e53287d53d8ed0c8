import type { z } from 'zod'
import type { Tx } from '@docket/chassis/database/database.ts'
import type { Act } from '@docket/chassis/http/acts.ts'
import { ok, route, weightOfPage, type Answer, type Route } from '@docket/chassis/http/route.ts'
import { refused, type Refused } from '@docket/chassis/refused.ts'
import type { Carriers } from './carrier.ts'
import { carrierLimits } from './carrier.limits.ts'
import { duringUpdate } from './goods.steps.ts'
import {
  claimReport,
  lockMatched,
  lockReport,
  markDismissed,
  saveMatched,
  waitingReports,
  type NewReport,
  type WaitingReport,
} from './report.store.ts'
import { applyReports } from './report.steps.ts'
import { countReport } from './shipment.metrics.ts'
import {
  CarrierName,
  CarrierReport,
  CarrierReportBody,
  DismissalBody,
  ReportTaken,
  WaitingQuery,
  WaitingReports,
} from './shipment.shapes.ts'

export const carrierRoutes = (carriers: Carriers): Route[] => {
  const limits = carrierLimits()
  return [
    route({
      method: 'post',
      path: '/carriers/:name/events',
      who: 'anyone',
      summary: 'A carrier reports what has become of a shipment; signed by the carrier',
      params: CarrierName,
      body: CarrierReportBody,
      answers: { 200: ReportTaken, 202: ReportTaken },
      idempotency: 'own', // the report's id is the claim
      signedWith: ({ name }) => carriers.get(name)?.secrets,
      prepare: async ({ params }) => limits.admit(params.name),
      async handle({ tx, params, body }) {
        const outcome = await take(tx, { carrier: params.name, ...body }, carriers)
        tx.afterCommit(() => countReport(outcome))
        return { status: outcome === 'kept' ? 202 : 200, body: { outcome } }
      },
    }),

    route({
      method: 'get',
      path: '/carrier-reports',
      who: 'observer',
      summary: 'Reports of carriers on shipments that are not known here, the oldest first',
      query: WaitingQuery,
      weight: weightOfPage,
      answers: { 200: WaitingReports },
      async handle({ tx, query }) {
        const reports = await waitingReports(tx, query.limit)
        return ok({ items: reports.map(shown) })
      },
    }),

    route({
      method: 'post',
      path: '/carrier-reports/dismiss',
      who: 'operator',
      summary: 'Dismiss a report of a carrier that is about no shipment of ours',
      body: DismissalBody,
      answers: { 200: CarrierReport },
      refusals: { not_found: 404, report_applied: 409 },
      idempotency: 'own',
      handle: ({ tx, body, audit }) => dismiss(tx, body, audit),
    }),
  ]
}

const shown = ({ carrier, id, trackingNumber, status, detail, at, receivedAt }: WaitingReport) => ({
  carrier,
  id,
  trackingNumber,
  status,
  ...(detail !== null && { detail }),
  at: at.toISOString(),
  receivedAt: receivedAt.toISOString(),
})

async function dismiss(
  tx: Tx,
  { reason, ...which }: z.infer<typeof DismissalBody>,
  audit: (act: Act) => Promise<void>,
): Promise<Answer | Refused> {
  const report = await lockReport(tx, which)
  if (!report) return refused('not_found', `${which.carrier} has sent no report ${which.id}.`)
  if (report.isApplied) return refused('report_applied', 'Its shipment is known, and it has counted.')
  if (!report.isDismissed) {
    markDismissed(tx, which)
    const detail = `${report.status} ${report.trackingNumber}`
    await audit({
      act: 'carrier_report.dismissed',
      on: { kind: 'carrier_report', id: `${report.carrier}/${report.id}` },
      reason,
      detail,
    })
  }
  return ok(shown(report))
}

async function take(tx: Tx, report: NewReport, carriers: Carriers): Promise<'applied' | 'duplicate' | 'kept'> {
  if (!(await claimReport(tx, report))) return 'duplicate'
  const matched = duringUpdate() ? [] : await lockMatched(tx, { only: report, limit: 1 })
  if (matched.length === 0) return 'kept' // a sweep applies it later
  const isCertain = carriers.get(report.carrier)?.isTrusted === true
  await applyReports(
    tx,
    matched.map(one => ({ ...one, at: report.at, detail: report.detail, isCertain })),
  )
  saveMatched(tx, matched)
  return 'applied'
}
