import test, { type ExecutionContext } from 'ava'
import { until } from '@docket/test/support/until.ts'
import type { FeedItem } from '../client/feed.ts'
import type { WholeOrder } from '../client/shapes.ts'
import { exit, Failure } from '../failure.ts'
import type { ShownEvent } from '../events/shown-event.ts'
import { hubOf } from './hub.ts'
import { mostKept } from './history.ts'
import { mostRowsPerSecond, pagesOf, sampled } from './pages.ts'
import type { Sources } from './sources.ts'

const evil = '<img src=x onerror=alert(1)>'
const id = (number: number) => `01981b2c-7d3e-7a10-8c4f-${String(number).padStart(12, '0')}`

let offset = 0
const event = (order: number, type = 'order.created', data: object = {}): ShownEvent => ({
  topic: 'order-events',
  partition: 0,
  offset: offset++,
  time: new Date().toISOString(),
  key: id(order),
  type,
  headers: {},
  data: { orderId: id(order), ...data },
})

/** Services that say what a test says, and are otherwise not reachable. */
async function aBoard(t: ExecutionContext, more: Partial<Sources> = {}, now: () => number = Date.now) {
  const waiting: FeedItem[] = []
  let wake = () => {}
  let seen = 0
  const unreachable = () => Promise.reject(new Failure('it cannot be reached', { status: exit.unreachable }))
  const sources: Sources = {
    async *events(_, signal) {
      yield { is: 'connected' }
      while (!signal.aborted) {
        for (const item of waiting.splice(0)) {
          yield item
          seen++
        }
        const more = Promise.withResolvers<void>()
        wake = more.resolve
        signal.addEventListener('abort', wake)
        await more.promise
      }
    },
    steps: unreachable,
    recent: unreachable,
    stuck: unreachable,
    order: unreachable,
    sales: unreachable,
    leadTimes: unreachable,
    reasons: unreachable,
    vitals: async () => ({ services: [], kafka: { ok: false, brokers: '', detail: '' }, letters: [] }),
    eventsOf: async () => [],
    ...more,
  }
  const who = { context: 'local', user: { username: 'ada', role: 'observer' }, version: '0' }
  const hub = hubOf(sources, who, new Date(now()), now)
  const ending = new AbortController()
  const run = hub.run(ending.signal)
  t.teardown(async () => {
    ending.abort()
    await run.catch(() => undefined)
  })
  const pages = pagesOf(hub)
  return {
    hub,
    pages,
    run,
    async happens(...items: FeedItem[]) {
      const before = seen
      waiting.push(...items)
      wake()
      await until('the board has read it', async () => seen === before + items.length)
    },
    opens(view: string, { search = '', lastEventId }: { search?: string; lastEventId?: string } = {}) {
      const page = pageThat()
      const close = pages.listen({ view, query: new URLSearchParams(search), lastEventId }, page.listener)
      t.teardown(close)
      return { ...page, close }
    },
  }
}

const asItem = (one: ShownEvent): FeedItem => ({ is: 'event', at: String(one.offset), event: one })

function pageThat() {
  const sent: { event: string; data: Record<string, unknown>; id?: string | undefined }[] = []
  const listener = {
    waitingBytes: 0,
    send: (event: string, data: unknown, id?: string) =>
      void sent.push({ event, data: data as Record<string, unknown>, id }),
    end: () => undefined,
  }
  const rows = () => sent.flatMap(({ event, data }) => (event === 'rows' ? (data.rows as string[]) : []))
  return {
    listener,
    sent,
    rows,
    offsets: () =>
      rows()
        .flatMap(row => /data-id="order-events\/0\/(\d+)"/.exec(row)?.[1] ?? [])
        .map(Number),
    part: (name: string) =>
      sent.findLast(({ event, data }) => event === 'parts' && name in data)?.data[name] as string | undefined,
    lastId: () => sent.findLast(({ id }) => id !== undefined)?.id,
  }
}

const offsetsOf = (events: readonly ShownEvent[]) => events.map(one => one.offset)

test('a page shows each event once, also those from before it was opened', async t => {
  const board = await aBoard(t)
  const events = [1, 2, 3, 4].map(one => event(one))
  await board.happens(...events.slice(0, 2).map(asItem))
  const page = board.opens('ticker')
  await board.happens(...events.slice(2).map(asItem))
  await until('the page shows it', async () => page.offsets().length === 4)
  t.deepEqual(page.offsets(), offsetsOf(events))
})

test('a page that was away goes on behind its last event', async t => {
  const board = await aBoard(t)
  const events = [1, 2, 3, 4].map(one => event(one))
  await board.happens(...events.slice(0, 2).map(asItem))
  const first = board.opens('ticker')
  await until('the page shows it', async () => first.offsets().length === 2)
  first.close()
  await board.happens(...events.slice(2).map(asItem))
  const lastEventId = first.lastId()
  const again = board.opens('ticker', { ...(lastEventId !== undefined && { lastEventId }) })
  await until('the page shows it', async () => again.offsets().length > 0)
  t.deepEqual([...first.offsets(), ...again.offsets()], offsetsOf(events))
})

test('the id of another board is not taken for one of this', async t => {
  const board = await aBoard(t)
  const events = [1, 2].map(one => event(one))
  await board.happens(...events.map(asItem))
  const page = board.opens('ticker', { lastEventId: '0123456789ab.2' })
  await until('the page shows it', async () => page.offsets().length > 0)
  t.deepEqual(page.offsets(), offsetsOf(events))
})

test('a page that does not take what is sent gets nothing more, and then what is current', async t => {
  const board = await aBoard(t)
  const [slow, quick] = [board.opens('ticker'), board.opens('ticker')]
  await until('the page shows it', async () => slow.part('feed') !== undefined)
  slow.listener.waitingBytes = 1
  const before = slow.sent.length
  await board.happens(asItem(event(1)))
  await until('the page shows it', async () => quick.offsets().length === 1)
  t.is(slow.sent.length, before)
  slow.listener.waitingBytes = 0
  await until('the page shows it', async () => slow.offsets().length === 1)
  t.pass()
})

test('a page that was slower than the events is told how many it has missed', async t => {
  const board = await aBoard(t)
  const page = board.opens('ticker')
  page.listener.waitingBytes = 1
  await board.happens(...Array.from({ length: mostKept + 50 }, () => asItem({ ...event(1), data: {} })))
  page.listener.waitingBytes = 0
  await until('the page goes on', async () => page.rows().length > 0)
  t.regex(page.rows()[0] ?? '', />50 events were left out/)
})

test('a gap in the feed is a row of its own', async t => {
  const board = await aBoard(t)
  const page = board.opens('ticker', { search: 'type=nothing.happened' })
  await board.happens(asItem(event(1)), { is: 'gap', at: 'b', from: 'a', to: 'b' })
  await until('the page shows it', async () => page.rows().length > 0)
  t.is(page.rows().length, 1)
  t.regex(page.rows()[0] ?? '', /were not seen here/)
})

test('above 200 a second the ticker samples, and says so', async t => {
  const board = await aBoard(t)
  const page = board.opens('ticker')
  await until('the page shows it', async () => page.part('feed') !== undefined)
  const all = 5 * mostRowsPerSecond
  await board.happens(...Array.from({ length: all }, (_, at) => asItem(event(at))))
  await until('the page shows it', async () => page.sent.some(({ data }) => /showing \d+ % of/.test(String(data.pace))))
  const shown = page.offsets()
  t.true(shown.length >= mostRowsPerSecond && shown.length < 2 * mostRowsPerSecond, String(shown.length))
  t.is(new Set(shown).size, shown.length)
})

test('once the board has caught up, a page shows the newest events, not a sample of what went by', async t => {
  const board = await aBoard(t)
  const past = Array.from({ length: 5_000 }, (_, order) => event(order))
  const page = board.opens('ticker')
  await board.happens(...past.map(asItem))
  await until('the page shows some', async () => page.offsets().length > 0)
  await board.happens({ is: 'caught-up', at: '' })
  const newest = `data-id="order-events/0/${past.at(-1)?.offset}"`
  await until('the page begins anew', async () =>
    page.sent.some(
      ({ event: name, data }) => name === 'rows' && data.isFresh && (data.rows as string[]).at(-1)?.includes(newest),
    ),
  )
  t.pass()
})

test('events from before the board began are none of those that happen each second', async t => {
  const board = await aBoard(t)
  const page = board.opens('ticker')
  const old = Array.from({ length: 100 }, () => ({ ...event(1), time: new Date(Date.now() - 60_000).toISOString() }))
  await board.happens(...[...old, ...Array.from({ length: 10 }, () => event(2))].map(asItem))
  await until('ten in five seconds are shown', async () => /2\.0 events\/s/.test(page.part('feed') ?? ''))
  t.pass()
})

test('a sample is spread evenly, and leaves out no gap', t => {
  const all = Array.from({ length: 100 }, (_, at) =>
    at === 50 ? { seq: at, gap: { from: '', to: '' } } : { seq: at, event: event(at) },
  )
  const seqs = sampled(all, 10).map(({ seq }) => seq)
  t.true(seqs.includes(50))
  t.deepEqual(
    seqs.filter(one => one !== 50),
    [0, 10, 20, 30, 40, 60, 70, 80, 90],
  )
  t.is(sampled(all, 200).length, 100)
  t.deepEqual(
    sampled(all, 0).map(({ seq }) => seq),
    [50],
  )
})

test('the ticker is filtered by text, topic and type', async t => {
  const board = await aBoard(t)
  await board.happens(
    ...[event(1), event(2, 'order.completed'), event(3, 'order.cancelled', { reason: 'requested' })].map(asItem),
  )
  const rows = async (search: string) => {
    const page = board.opens('ticker', { search })
    await until('the page shows it', async () => page.sent.some(one => one.event === 'rows'))
    return page.rows().map(row => /order\.\w+/.exec(row.replaceAll('order-events', ''))?.[0])
  }
  t.deepEqual(await rows('type=order.completed'), ['order.completed'])
  t.deepEqual(await rows('text=REQUESTED'), ['order.cancelled'])
  t.deepEqual(await rows('topic=payment-events'), [])
})

test('text of other people does nothing in a page', async t => {
  const board = await aBoard(t, {
    stuck: async () => [],
    vitals: async () => ({
      services: [{ service: 'payment-service', url: '', status: 'away', detail: evil }],
      kafka: { ok: true, brokers: '', topics: 1, lag: [], deadLetters: [] },
      letters: [{ id: evil, group: evil, type: evil, key: evil, time: new Date().toISOString(), error: evil } as never],
    }),
  })
  await board.happens(
    asItem(
      event(1, 'order.created', { customerId: evil, lines: [{ sku: evil, quantity: 1 }], total: 1, currency: evil }),
    ),
    asItem(event(1, 'order.cancelled', { reason: evil, detail: evil })),
    asItem(event(2, evil)),
  )
  const search = new URLSearchParams({ text: evil, sku: evil, customer: evil, type: evil }).toString()
  const pages = [
    board.opens('flow'),
    board.opens('orders'),
    board.opens('rates'),
    board.opens('ticker'),
    board.opens('orders', { search }),
    board.opens('ticker', { search }),
  ]
  await until(
    'the page shows it',
    async () => pages.every(page => page.part('feed') !== undefined) && pages[0]?.part('services') !== undefined,
  )
  await until(
    'the page shows it',
    async () => pages[0]?.part('services')?.includes('img') === true && (pages[3]?.rows().length ?? 0) === 3,
  )
  for (const { sent } of pages) t.false(JSON.stringify(sent).includes('<img'))
})

test('what cannot be reached is missing, and the rest is shown', async t => {
  const board = await aBoard(t)
  const page = board.opens('flow')
  await until('the page shows it', async () => page.part('pipeline') !== undefined)
  t.regex(page.part('pipeline') ?? '', /not known yet/)
  await until('the page shows it', async () => page.part('feed')?.includes('live') === true)
})

test('where Kafka cannot be reached, it is not said that there are no dead letters', async t => {
  const board = await aBoard(t)
  await until('the services were asked', async () => board.hub.vitals !== undefined)
  const page = board.opens('rates')
  t.regex(page.part('letters') ?? '', /cannot be reached/)
})

test('where Kafka cannot be reached, the lag is not known, and nothing is said to be unavailable', async t => {
  const page = (await aBoard(t)).opens('flow')
  await until('the page shows it', async () => page.part('services') !== undefined)
  await until('the page shows it', async () => /Lag is read from Kafka/.test(page.part('services') ?? ''))
  t.notRegex(page.part('services') ?? '', /unavailable/)
})

test('ages are those by the clock of the services, which may be an hour off the one here', async t => {
  const hourMs = 3_600_000
  const ago = (ms: number) => new Date(Date.now() + hourMs - ms).toISOString()
  const placed = ago(2_000)
  const charge = { name: 'charge', service: 'payment-service', step: 'the charge', since: placed } as const
  const board = await aBoard(t, {
    steps: async () => ({
      at: ago(0),
      isLimited: false,
      windowSeconds: 60,
      perSecond: { created: 1, completed: 1, rejected: 0, cancelled: 0 },
      steps: [{ ...charge, orders: 1, stuck: 0, perSecond: 0, oldestSince: ago(2_000) }],
      orders: [
        {
          id: id(1),
          customerId: id(2),
          status: 'pending',
          total: 900,
          currency: 'EUR',
          createdAt: placed,
          stuck: false,
          waitsFor: charge,
          lines: [{ sku: 'mug', quantity: 2 }],
        },
      ],
    }),
    vitals: async () => ({
      services: [{ service: 'order-service', url: '', status: 'ready', checks: {}, skewMs: hourMs }],
      kafka: { ok: true, brokers: '', topics: 1, lag: [{ group: 'payment-service', lag: 3 }], deadLetters: [] },
      letters: [],
    }),
  })
  await until('the services were asked', async () => board.hub.vitals !== undefined)
  const [flow, orders] = [board.opens('flow'), board.opens('orders')]
  await until('the page shows it', async () => flow.part('pipeline')?.includes('Charge card') === true)
  t.regex(flow.part('pipeline') ?? '', /<dd>2\.0 s<\/dd>/)
  t.notRegex(flow.part('pipeline') ?? '', /stands still/)
  t.regex(orders.part('orders') ?? '', /<td class="num">\d\.\d s<\/td>/)
})

const salesOf = (...days: number[]) => ({
  lines: [
    ...days.map((net, at) => ({ line: 'sales' as const, key: `2026-01-0${at + 1}`, currency: 'EUR', orders: 1, net })),
    { line: 'total' as const, currency: 'EUR', net: days.reduce((sum, net) => sum + net, 0) },
  ],
  notes: [],
})

test('reports are read once for all pages that show the same ones, and each line has its bar', async t => {
  const spans: string[] = []
  const board = await aBoard(t, {
    sales: async (since, by) => {
      spans.push(`${since} by ${by}`)
      return salesOf(500, 1_000)
    },
    leadTimes: async () => [{ step: 'order.completed', orders: 3, p50: 0.25, p95: 61, longest: 7_200 }],
    reasons: async () => [
      { status: 'cancelled', reason: 'payment_failed', currency: 'EUR', orders: 2, total: 1_900 },
      { status: 'rejected', reason: 'unknown_item', currency: 'XXX', orders: 1, total: 0 },
    ],
  })
  const pages = ['', '', 'by=customer', 'span=7d&by=sku'].map(search => board.opens('reports', { search }))
  await until('the pages show it', async () => pages.every(page => /15\.00/.test(page.part('sales') ?? '')))
  t.deepEqual(spans, ['30d by day', '30d by customer', '7d by sku'])
  const bars = (name: string) =>
    [...(pages[0]?.part(name) ?? '').matchAll(/rect width="([\d.]+)"/g)].map(([, one]) => one)
  t.deepEqual(bars('sales'), ['50.0', '100.0'])
  t.deepEqual(bars('reasons'), ['100.0', '50.0'])
  t.regex(pages[0]?.part('lead-times') ?? '', /250 ms.*1m 1s.*2h/s)
})

test('a report that is missing says why, beside those that are there', async t => {
  const refusal = new Failure('The report took longer than 5 s: make its span shorter.', { status: exit.failed })
  const page = (await aBoard(t, { sales: () => Promise.reject(refusal), reasons: async () => [] })).opens('reports')
  await until('the page shows it', async () => /make its span shorter/.test(page.part('sales') ?? ''))
  t.regex(page.part('reasons') ?? '', /Every order was completed/)
})

const anOrder = {
  id: id(7),
  status: 'pending',
  customerId: id(1),
  lines: [],
  total: 450,
  currency: 'EUR',
  version: 1,
  createdAt: new Date().toISOString(),
  updatedAt: new Date().toISOString(),
  stuck: false,
  timeline: [],
  expiresAt: new Date().toISOString(),
} as unknown as WholeOrder

test('the events of an order are read again when they could not be read at first', async t => {
  let failures = 1
  const board = await aBoard(t, {
    order: async () => anOrder,
    async eventsOf() {
      if (failures-- > 0) throw new Failure('the feed cannot be read', { status: exit.unreachable })
      return [event(7)]
    },
  })
  const page = board.opens(`orders/${id(7)}`)
  await until('it was tried', async () => failures === 0)
  await board.happens(asItem(event(7, 'stock.reserved')))
  await until('both events are shown', async () =>
    ['order.created', 'stock.reserved'].every(type => page.part('events')?.includes(type)),
  )
  t.pass()
})

test('the page of an order shows no event of another', async t => {
  const board = await aBoard(t, { order: async () => anOrder })
  const page = board.opens(`orders/${id(7)}`)
  await board.happens(asItem(event(8, 'payment.failed')), asItem(event(7, 'stock.reserved')))
  await until('its own is shown', async () => page.part('events')?.includes('stock.reserved'))
  t.notRegex(page.part('events') ?? '', /payment\.failed/)
})

test('an order is shown without what a service cannot say, and that is said', async t => {
  const board = await aBoard(t, {
    async order(_, __, onMissing) {
      for (let times = 0; times < 2; times++) onMissing('what shipping-service knows is missing: refused')
      return anOrder
    },
  })
  const page = board.opens(`orders/${id(7)}`)
  await until('the page shows it', async () => /4\.50 EUR/.test(page.part('order') ?? ''))
  t.is(page.part('order')?.split('what shipping-service knows is missing').length, 2, 'once')
})

test('a lost feed is said, and since when', async t => {
  const board = await aBoard(t)
  const page = board.opens('ticker')
  await board.happens({ is: 'lost', reason: 'order-service is restarting' })
  await until('the page shows it', async () => page.part('feed')?.includes('order-service is restarting') === true)
  await board.happens({ is: 'connected' })
  await until('the page shows it', async () => page.part('feed')?.includes('live') === true)
  t.pass()
})

test('a feed that is lost again while it is lost has been so since the first time', async t => {
  const board = await aBoard(t)
  await board.happens({ is: 'lost', reason: 'order-service is restarting' })
  const { sinceMs } = board.hub.state().feed
  await until('time has passed', async () => Date.now() > sinceMs)
  await board.happens({ is: 'lost', reason: 'it cannot be reached' })
  t.like(board.hub.state().feed, { state: 'lost', sinceMs })
})

test('a board whose feed has failed reads on behind its last event, so that it counts none twice', async t => {
  const began: (Date | { after: string })[] = []
  await aBoard(t, {
    async *events(from) {
      began.push(from)
      yield { is: 'connected' }
      yield asItem({ ...event(1), offset: 7 })
      throw new Failure('it cannot be reached', { status: exit.unreachable })
    },
  })
  await until('it reads again', async () => began.length > 1)
  t.true(began[0] instanceof Date)
  t.deepEqual(began[1], { after: '7' })
})

test('a page hears something twice a second, or takes the connection for lost', async t => {
  const board = await aBoard(t)
  const page = board.opens('rates')
  await until('the page shows it', async () => page.sent.filter(one => one.event === 'beat').length >= 2)
  t.pass()
})

test('while no page is open, little is read', async t => {
  const clock = { at: Date.now(), readings: 0, looks: 0 }
  const board = await aBoard(
    t,
    {
      async steps() {
        clock.looks++
        throw new Failure('it cannot be reached', { status: exit.unreachable })
      },
    },
    () => {
      clock.readings++
      return clock.at
    },
  )
  const looksAfter = async (ms: number) => {
    const before = clock.looks
    clock.at += ms
    const readings = clock.readings
    await until('the board has looked at its clock for all that it reads', async () => clock.readings > readings + 9)
    return clock.looks - before
  }
  await until('it has looked once', async () => clock.looks === 1)
  const pages = [board.opens('flow'), board.opens('orders')]
  t.is(await looksAfter(1_500), 1)
  pages[0]?.close()
  t.is(await looksAfter(1_500), 1, 'one page is still open')
  pages[1]?.close()
  t.is(await looksAfter(1_500), 0)
  t.is(await looksAfter(10_000), 1)
})

test('the board ends with its session, and says so to its pages', async t => {
  const over = () => Promise.reject(new Failure('The session has ended.', { status: exit.notAllowed }))
  const board = await aBoard(t, { steps: over })
  const page = board.opens('flow')
  await t.throwsAsync(board.run, { message: 'The session has ended.' })
  board.pages.end('The session has ended.')
  t.deepEqual(page.sent.at(-1), { event: 'end', data: { reason: 'The session has ended.' }, id: undefined })
})

test('nothing is read any more when the session has ended, so that mgmt ends too', async t => {
  let reading: AbortSignal | undefined
  const board = await aBoard(t, {
    async *events(_, signal) {
      reading = signal
      yield { is: 'connected' }
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    },
    steps: () => Promise.reject(new Failure('The session has ended.', { status: exit.notAllowed })),
  })
  board.opens('flow')
  await t.throwsAsync(board.run)
  t.true(reading?.aborted)
})
