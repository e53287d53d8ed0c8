import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { feed, type FeedItem, type FeedOptions, type FeedQuery } from './feed.ts'

type Answer = (res: ServerResponse, req: IncomingMessage) => void

/** Answers one request after the other with these, and the last for ever. */
async function aService(t: ExecutionContext, ...answers: [Answer, ...Answer[]]) {
  const requests: { url: string | undefined; at: string | string[] | undefined }[] = []
  const server = createServer((req, res) => {
    requests.push({ url: req.url, at: req.headers['last-event-id'] })
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    const answer = answers[Math.min(requests.length, answers.length) - 1]
    answer?.(res, req)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const api = {
    async stream(path: string, at: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
      const headers = at === undefined ? {} : { 'last-event-id': at }
      const [answer] = (await once(get({ port, path, headers, signal, agent: false }), 'response')) as [IncomingMessage]
      return answer
    },
  }
  return {
    requests,
    feed: () => feed(api, {}, { signal: new AbortController().signal }),
    /** What is read until it ends, or until there are so many items. */
    async reads(query: FeedQuery = {}, more: Partial<FeedOptions> = {}, most = Infinity): Promise<FeedItem[]> {
      const items: FeedItem[] = []
      for await (const item of feed(api, query, { signal: new AbortController().signal, ...more })) {
        if (item.is !== 'pause') items.push(item)
        if (items.length >= most) break
      }
      return items
    },
  }
}

const block = (id: number, event: string, data: unknown = {}) =>
  `id: a:${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
const anEvent = (offset: number) => ({ topic: 'a', partition: 0, offset })
const offsetsOf = (items: readonly FeedItem[]) =>
  items.flatMap(item => (item.is === 'event' ? [item.event.offset] : []))

test('a feed asks for what the query says, and ends when that does', async t => {
  const service = await aService(t, res => res.end(block(1, 'event', anEvent(0)) + block(1, 'end')))
  const query: FeedQuery = {
    topics: ['order-*', '*.dlq'],
    skus: ['mug'],
    from: { last: 3 },
    until: new Date(0),
    follow: false,
    personal: true,
  }
  t.deepEqual(await service.reads(query), [
    { is: 'connected' },
    { is: 'event', at: 'a:1', event: anEvent(0) },
  ] as FeedItem[])
  t.is(
    service.requests[0]?.url,
    '/events?topic=order-*&topic=*.dlq&sku=mug&last=3&until=1970-01-01T00%3A00%3A00.000Z&follow=false&personal=true',
  )
})

test('after a lost connection it goes on behind the last event, however that was cut', async t => {
  const service = await aService(
    t,
    res => {
      res.write(block(1, 'event', anEvent(0)) + block(2, 'event', anEvent(1)).slice(0, -5))
      setTimeout(() => res.destroy(), 50)
    },
    res => res.end(block(2, 'event', anEvent(1)) + block(2, 'end')),
  )
  const items = await service.reads()
  t.deepEqual(offsetsOf(items), [0, 1])
  t.deepEqual(
    items.map(({ is }) => is),
    ['connected', 'event', 'lost', 'connected', 'event'],
  )
  t.is(service.requests[1]?.at, 'a:1')
})

test('a stream that the service ends, as it does when a token ends, is continued without a word', async t => {
  const service = await aService(
    t,
    res => res.end(block(1, 'event', anEvent(0))),
    res => res.end(block(1, 'end')),
  )
  t.deepEqual(
    (await service.reads()).map(({ is }) => is),
    ['connected', 'event', 'connected'],
  )
})

test('a position without an event is where it goes on', async t => {
  const service = await aService(
    t,
    res => res.end('id: a:7\n\n'),
    res => res.end(block(7, 'end')),
  )
  await service.reads()
  t.is(service.requests[1]?.at, 'a:7')
})

test('a service that falls silent has lost the connection within three seconds', async t => {
  const service = await aService(
    t,
    res => res.write(block(1, 'caught-up')),
    res => res.end(block(1, 'end')),
  )
  const began = Date.now()
  const items = await service.reads()
  t.deepEqual(
    items.map(({ is }) => is),
    ['connected', 'caught-up', 'lost', 'connected'],
  )
  t.true(Date.now() - began >= 2_000)
})

test('one who works long on what came has lost no connection: nobody listened meanwhile', async t => {
  const sent = Promise.withResolvers<void>()
  const service = await aService(t, res => {
    res.write(block(1, 'event', anEvent(0)))
    setTimeout(() => res.write(block(2, 'event', anEvent(1))), 100)
    setTimeout(() => {
      sent.resolve() // for longer than a service may be silent
      res.end(block(2, 'end'))
    }, 2_200)
  })
  const items: FeedItem['is'][] = []
  for await (const item of service.feed()) {
    if (item.is !== 'pause') items.push(item.is)
    if (item.is === 'event') await sent.promise
  }
  t.deepEqual(items, ['connected', 'event', 'event'])
})

test('a gap is reported, or fetched by who wants the whole', async t => {
  const gap = block(9, 'gap', { from: 'a:1', to: 'a:9' })
  const answers: [Answer, Answer] = [
    res => res.end(block(1, 'event', anEvent(0)) + gap + block(10, 'event', anEvent(9)) + block(10, 'end')),
    res => res.end(block(2, 'event', anEvent(1)) + block(2, 'end')),
  ]
  t.deepEqual((await (await aService(t, answers[0])).reads())[2], { is: 'gap', at: 'a:9', from: 'a:1', to: 'a:9' })
  const whole = await aService(t, ...answers)
  t.deepEqual(offsetsOf(await whole.reads({}, { isWhole: true })), [0, 1])
  t.is(whole.requests[1]?.at, 'a:1')
})

test('trouble has no position: after it the feed goes on behind the last event', async t => {
  const service = await aService(
    t,
    res => res.end(`${block(1, 'event', anEvent(0))}event: trouble\ndata: {"reason":"no broker"}\n\n`),
    res => res.end(block(1, 'end')),
  )
  await service.reads()
  t.is(service.requests[1]?.at, 'a:1')
})

test('trouble of the service with Kafka counts as a lost connection', async t => {
  const service = await aService(t, res =>
    res.end(
      'event: trouble\ndata: {"reason":"no broker"}\n\nevent: recovered\ndata: {}\n\nevent: later\ndata: {}\n\n' +
        block(1, 'end'),
    ),
  )
  t.deepEqual(await service.reads(), [{ is: 'connected' }, { is: 'lost', reason: 'no broker' }, { is: 'connected' }])
})
