import { spanQuery, type SpanOptions } from '../../input/span.ts'
import type { Mgmt } from '../../mgmt.ts'

/** Of the last 30 days, unless told otherwise. */
export function pathOver(mgmt: Mgmt, report: string, { since = '30d', until }: SpanOptions): string {
  const span = spanQuery({ since, ...(until !== undefined && { until }) }, mgmt.options)
  const query = new URLSearchParams({ since: span.since ?? '', ...(span.until !== undefined && { until: span.until }) })
  return `/reports/${report}?${query}`
}
