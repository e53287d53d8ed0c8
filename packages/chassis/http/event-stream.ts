import type { ServerResponse } from 'node:http'
import { aborted } from '@docket/foundation/abort.ts'
import type { StreamEvent } from './route.ts'
import { stuckMs } from './answer.ts'

export interface StreamOptions {
  signal: AbortSignal
  /** A comment is sent after this much silence, so that proxies do not close the connection. */
  heartbeatMs: number
}

const reconnectMs = 1_000 // what a client waits before it reconnects with Last-Event-ID

/**
 * Sends events as they come (text/event-stream), until the stream ends, the client leaves or the server stops.
 * Throws what the stream throws.
 */
export async function sendStream(
  res: ServerResponse,
  stream: AsyncIterable<StreamEvent>,
  { signal, heartbeatMs }: StreamOptions,
): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]()
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  res.setTimeout(stuckMs, () => res.destroy())
  res.write(`retry: ${reconnectMs}\n\n`)
  const heartbeat = setInterval(() => {
    if (!res.writableNeedDrain) res.write(':\n\n')
  }, heartbeatMs).unref()
  try {
    if (!signal.aborted) await Promise.race([forward(res, iterator, signal), aborted(signal)])
  } finally {
    clearInterval(heartbeat)
    res.end()
  }
  await iterator.return?.() // releases its resources even if it was not waiting for the signal
}

const mostTogether = 64 * 1024 // characters

/** Events that are there together are sent together: for each write, Node and the system do more than for an event. */
async function forward(res: ServerResponse, iterator: AsyncIterator<StreamEvent>, signal: AbortSignal): Promise<void> {
  let text = ''
  const flush = () => {
    if (text !== '' && !res.writableEnded) res.write(text)
    text = ''
  }
  try {
    for (;;) {
      const next = await iterator.next()
      if (next.done || signal.aborted) return
      if (text === '') setImmediate(flush)
      text += inLines(next.value)
      if (text.length >= mostTogether) flush()
      if (res.writableNeedDrain) await drained(res, signal) // no more than one buffer is held in memory
    }
  } finally {
    flush()
  }
}

/** Events with `json` are shared by many streams, so each is written out once. */
const shared = new WeakMap<StreamEvent, string>()

function inLines(event: StreamEvent): string {
  if (event.json === undefined) return writtenOut(event)
  const known = shared.get(event) ?? writtenOut(event)
  shared.set(event, known)
  return known
}

/** Data is one line, as JSON contains no line break; names must not contain one either. */
function writtenOut({ id, event, data, json = JSON.stringify(data ?? null) }: StreamEvent): string {
  const position = id === undefined ? '' : `id: ${oneLine(id)}\n`
  return event === undefined ? `${position}\n` : `${position}event: ${oneLine(event)}\ndata: ${json}\n\n`
}

const oneLine = (text: string) => text.replaceAll(/[\r\n\0]/g, ' ')

function drained(res: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      res.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    res.once('drain', done)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
