import type { Tx } from '@docket/chassis/database/database.ts'
import { ok, route, weightOfPage, type Route } from '@docket/chassis/http/route.ts'
import type { Carriers } from './carrier.ts'
import { carrierLimits } from './carrier.limits.ts'
import { duringUpdate } from './goods.steps.ts'
import { claimReport, lockMatched, saveMatched, waitingReports, type NewReport } from './report.store.ts'
import { applyReports } from './report.steps.ts'
import { countReport } from './shipment.metrics.ts'
import { CarrierName, CarrierReportBody, ReportTaken, WaitingQuery, WaitingReports } from './shipment.shapes.ts'

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
        return ok({
          items: reports.map(({ at, receivedAt, detail, ...rest }) => ({
            ...rest,
            ...(detail !== null && { detail }),
            at: at.toISOString(),
            receivedAt: receivedAt.toISOString(),
          })),
        })
      },
    }),
  ]
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
