import { messageOf } from '@docket/foundation/errors.ts'
import type { LeadTimes, Reasons } from '../client/shapes.ts'
import type { SalesKey, SalesReport } from '../orders/reports.ts'
import type { Sources } from './sources.ts'

export const reportSpans = ['24h', '7d', '30d', '90d'] as const
export type ReportSpan = (typeof reportSpans)[number]

type OrTrouble<T> = T | { trouble: string }

/** Each by itself, because one may take longer than a report may. */
export interface Reports {
  sales: OrTrouble<SalesReport>
  leadTimes: OrTrouble<LeadTimes['items']>
  reasons: OrTrouble<Reasons['items']>
}

export const reportsAgainMs = 30_000

/** A report reads every order of its span, so pages that show the same one share it, and get a new one twice a minute. */
export function sharedReports(sources: Pick<Sources, 'sales' | 'leadTimes' | 'reasons'>, now: () => number) {
  const kept = new Map<string, { at: number; reports: Promise<Reports> }>()
  return (span: ReportSpan, by: SalesKey): Promise<Reports> => {
    const name = `${span} ${by}`
    const known = kept.get(name)
    if (known && now() - known.at < reportsAgainMs) return known.reports
    const reports = read(sources, span, by)
    kept.set(name, { at: now(), reports })
    return reports
  }
}

async function read(sources: Pick<Sources, 'sales' | 'leadTimes' | 'reasons'>, span: ReportSpan, by: SalesKey) {
  const [sales, leadTimes, reasons] = await Promise.all([
    orTrouble(sources.sales(span, by)),
    orTrouble(sources.leadTimes(span)),
    orTrouble(sources.reasons(span)),
  ])
  return { sales, leadTimes, reasons }
}

async function orTrouble<T>(work: Promise<T>): Promise<OrTrouble<T>> {
  try {
    return await work
  } catch (error) {
    return { trouble: messageOf(error) }
  }
}
