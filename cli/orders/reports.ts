import type { LeadTimes, MoneyReport, Reasons, Sales } from '../client/shapes.ts'
import { Failure } from '../failure.ts'
import { spanQuery, type SpanOptions } from '../input/span.ts'
import type { Mgmt } from '../mgmt.ts'
import { differenceInWords, differences, salesLines, type SalesLine } from './sales.ts'

export const salesKeys = ['day', 'sku', 'customer'] as const
export type SalesKey = (typeof salesKeys)[number]

export interface SalesReport {
  lines: SalesLine[]
  /** What has to be known to read them. */
  notes: string[]
}

export async function salesOver(mgmt: Mgmt, span: SpanOptions, by: SalesKey): Promise<SalesReport> {
  const [{ items }, money] = await Promise.all([
    mgmt.api.get<Sales>('order', `${pathOver(mgmt, 'sales', span)}&by=${by}`),
    moneyOver(mgmt, span),
  ])
  if (money instanceof Failure)
    return { lines: salesLines(items, undefined), notes: [`goodwill and the total are missing: ${money.message}`] }
  const lines = salesLines(items, money)
  return { lines, notes: differences(lines, money).map(differenceInWords) }
}

async function moneyOver(mgmt: Mgmt, span: SpanOptions): Promise<MoneyReport['items'] | Failure> {
  try {
    return (await mgmt.api.get<MoneyReport>('payment', pathOver(mgmt, 'money', span))).items
  } catch (error) {
    mgmt.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    return error
  }
}

export const leadTimesOver = async (mgmt: Mgmt, span: SpanOptions) =>
  (await mgmt.api.get<LeadTimes>('order', pathOver(mgmt, 'lead-time', span))).items

export const reasonsOver = async (mgmt: Mgmt, span: SpanOptions) =>
  (await mgmt.api.get<Reasons>('order', pathOver(mgmt, 'reasons', span))).items

/** Of the last 30 days, unless told otherwise. */
function pathOver(mgmt: Mgmt, report: string, { since = '30d', until }: SpanOptions): string {
  const span = spanQuery({ since, ...(until !== undefined && { until }) }, mgmt.options)
  const query = new URLSearchParams({ since: span.since ?? '', ...(span.until !== undefined && { until: span.until }) })
  return `/reports/${report}?${query}`
}
