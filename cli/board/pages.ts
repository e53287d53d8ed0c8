import { randomBytes } from 'node:crypto'
import { Html, html } from './html.ts'
import { mostKept, type Numbered } from './history.ts'
import type { Hub } from './hub.ts'
import { orderView } from './order-view.ts'
import { reportView } from './report-view.ts'
import type { PageRequest, Listener } from './server.ts'
import { frame } from './views/frame.ts'
import { tickerRow } from './views/ticker.ts'
import { viewOf, type EventQuery, type OpenedView, type View } from './views/views.ts'

const tickMs = 100
const partsEveryMs = 1_000
const chartsEveryMs = 5_000
const beatMs = 500 // the page takes 1.3 s without a sign of life for a lost connection
/** More rows than that nobody reads, and a browser is busy with them. */
export const mostRowsPerSecond = 200

/** Tells each page what it shows. Ids of events are good for this process only, so they carry its name. */
export function pagesOf(hub: Hub) {
  const own = randomBytes(6).toString('hex')
  const pages = new Set<Listener>()
  return {
    listen(request: PageRequest, to: Listener): () => void {
      const gone = hub.view()
      const page = pageOf(hub, own, request, to)
      page.tick()
      const timer = setInterval(page.tick, tickMs)
      pages.add(to)
      return () => {
        clearInterval(timer)
        pages.delete(to)
        page.stop()
        gone()
      }
    },
    /** The last that pages hear. */
    end(reason: string): void {
      for (const page of pages) {
        page.send('end', { reason })
        page.end()
      }
    },
  }
}

function pageOf(hub: Hub, own: string, { view: name, query, lastEventId }: PageRequest, to: Listener) {
  const opened = openedView(hub, name, query)
  const view: View = opened ??
    viewOf(name, query, hub.orders) ?? {
      title: 'Not found',
      frame: html`<h1>There is no such view.</h1>`,
      parts: () => ({}),
    }
  const ticker = view.ticker && tickerOf(hub, own, { ...view.ticker, lastEventId })
  const sent = new Map<string, string>()
  let [partsAt, chartsAt, sentAt] = [0, 0, 0]
  let version = opened?.version()

  function send(event: string, data: unknown, id?: string): void {
    to.send(event, data, id)
    sentAt = Date.now()
  }

  function sendParts(): void {
    const state = hub.state()
    const changed: Record<string, string> = {}
    for (const [part, { text }] of Object.entries({ ...frame(state), ...view.parts(state) }))
      if (sent.get(part) !== text) {
        changed[part] = text
        sent.set(part, text)
      }
    if (Object.keys(changed).length > 0) send('parts', changed)
  }

  send('view', { name, title: view.title, markup: view.frame.text })
  return {
    /** A page that has not taken what was sent gets nothing more, so nothing piles up; then it gets what is current. */
    tick(): void {
      if (to.waitingBytes > 0) return
      const now = Date.now()
      const isNew = opened !== undefined && opened.version() !== version
      version = opened?.version()
      if (now - partsAt >= partsEveryMs || isNew) {
        partsAt = now
        sendParts()
      }
      if (view.spanMs !== undefined && now - chartsAt >= chartsEveryMs) {
        chartsAt = now
        send('charts', hub.rates.columns(view.spanMs, hub.now))
      }
      const rows = ticker?.next(now)
      if (rows) send('rows', rows.data, rows.id)
      if (now - sentAt >= beatMs) send('beat', {})
    },
    stop: () => opened?.stop(),
  }
}

function openedView(hub: Hub, name: string, query: URLSearchParams): OpenedView | undefined {
  if (name === 'reports') return reportView(hub, query)
  const order = /^orders\/([0-9a-f-]{36})$/i.exec(name)?.[1]
  return order === undefined ? undefined : orderView(hub, order.toLowerCase())
}

interface Rows {
  rows: string[]
  pace: string
  isFresh: boolean
}

function tickerOf(
  hub: Hub,
  own: string,
  { rows: most, filter, lastEventId }: NonNullable<View['ticker']> & Pick<PageRequest, 'lastEventId'>,
) {
  const accepts = matching(filter)
  const resumed = lastEventId?.startsWith(`${own}.`) ? Number(lastEventId.slice(own.length + 1)) + 1 : undefined
  let isFresh = resumed === undefined
  let position = resumed ?? Math.max(1, hub.happenings.next - mostKept)
  let room = mostRowsPerSecond
  let [roomAt, pace] = [Date.now(), paceOf()]
  let wasCaughtUp = hub.isCaughtUp
  return {
    next(now: number): { data: Rows; id: string } | undefined {
      if (hub.isCaughtUp && !wasCaughtUp) {
        // of what went by so fast the page has a sample, without the newest
        isFresh = true
        position = Math.max(1, hub.happenings.next - mostKept)
      }
      wasCaughtUp = hub.isCaughtUp
      const { happenings, missed } = hub.happenings.since(position)
      const wanted = happenings.filter(one => 'gap' in one || accepts(one))
      position = hub.happenings.next
      room = Math.min(mostRowsPerSecond, room + ((now - roomAt) * mostRowsPerSecond) / 1_000)
      roomAt = now
      const chosen = isFresh ? wanted.slice(-most) : sampled(wanted, Math.floor(room))
      if (!isFresh) {
        room -= chosen.length
        pace.count(now, wanted.length, chosen.length)
      }
      const told = pace.inWords(now)
      if (chosen.length === 0 && missed === 0 && !told.isNew && !isFresh) return undefined
      const left = missed > 0 && !isFresh ? [missedRow(missed)] : []
      const rows = [...left, ...chosen.map(tickerRow)].map(({ text }) => text)
      const data = { rows, pace: told.text, isFresh }
      isFresh = false
      return { data, id: `${own}.${position - 1}` }
    },
  }
}

const missedRow = (missed: number): Html =>
  html`<li class="gap">${missed} events were left out: this page was slower than they are</li>`

/** As many as there is room for, evenly spread. Gaps are always shown. */
export function sampled(all: readonly Numbered[], room: number): Numbered[] {
  if (all.length <= room) return [...all]
  const step = all.length / Math.max(1, room)
  return all.filter((one, at) => 'gap' in one || (room > 0 && Math.floor(at / step) !== Math.floor((at - 1) / step)))
}

function paceOf() {
  let [since, all, shown, text] = [0, 0, 0, '']
  return {
    count(now: number, came: number, chosen: number): void {
      since ||= now
      all += came
      shown += chosen
    },
    inWords(now: number): { text: string; isNew: boolean } {
      if (since === 0 || now - since < 1_000) return { text, isNew: false }
      const before = text
      const perSecond = Math.round((all * 1_000) / (now - since))
      text =
        shown < all
          ? `showing ${Math.round((100 * shown) / all)} % of ${perSecond.toLocaleString('en')} events a second`
          : ''
      ;[since, all, shown] = [now, 0, 0]
      return { text, isNew: text !== before }
    },
  }
}

/** Of what is shown of an event, in the row or behind it. */
function matching({ text, topic, type }: EventQuery): (one: Numbered) => boolean {
  const wanted = text?.toLowerCase()
  return one => {
    if (!('event' in one)) return true
    const { event } = one
    return (
      (topic === undefined || event.topic === topic) &&
      (type === undefined || (event.type?.includes(type) ?? false)) &&
      (wanted === undefined ||
        `${event.topic} ${event.type} ${event.key} ${JSON.stringify(event.data)}`.toLowerCase().includes(wanted))
    )
  }
}
