import { salesKeys } from '../orders/reports.ts'
import { html, type Html } from './html.ts'
import type { Hub } from './hub.ts'
import { reportsAgainMs, reportSpans, type Reports } from './reports.ts'
import { leadTimeReport, reasonReport, reportFrame, salesReport } from './views/reports.ts'
import type { OpenedView } from './views/views.ts'

/** The reports of a span, for as long as somebody looks at them. */
export function reportView(hub: Pick<Hub, 'reports'>, query: URLSearchParams): OpenedView {
  const span = reportSpans.find(one => one === query.get('span')) ?? '30d'
  const by = salesKeys.find(one => one === query.get('by')) ?? 'day'
  let reports: Reports | undefined
  let version = 0

  async function read(): Promise<void> {
    reports = await hub.reports(span, by)
    version++
  }

  const timer = setInterval(() => void read(), reportsAgainMs)
  void read()
  return {
    title: 'Reports',
    frame: reportFrame(span, by),
    version: () => version,
    parts: (): Record<string, Html> => ({
      'sales-title': html`Sales by ${by}, last ${span}`,
      sales: salesReport(reports?.sales, span, by),
      'lead-times': leadTimeReport(reports?.leadTimes),
      reasons: reasonReport(reports?.reasons),
    }),
    stop: () => clearInterval(timer),
  }
}
