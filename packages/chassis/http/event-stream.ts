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

async function forward(res: ServerResponse, iterator: AsyncIterator<StreamEvent>, signal: AbortSignal): Promise<void> {
  let isCorked = false
  for (;;) {
    const next = await iterator.next()
    if (next.done || signal.aborted) return
    if (!isCorked) {
      isCorked = true
      res.cork() // events that are there together are sent together
      setImmediate(() => {
        isCorked = false
        res.uncork()
      })
    }
    if (!res.write(inLines(next.value))) await drained(res, signal) // no more than one buffer is held in memory
  }
}

/** Serializes one event. Data is one line, as JSON contains no line break; names must not contain one either. */
function inLines({ id, event, data, json = JSON.stringify(data ?? null) }: StreamEvent): string {
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
