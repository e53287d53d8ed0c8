import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { figure, type Figure } from '../statistics.ts'

/**
 * At saturation, without a collector, and with one that takes everything and keeps nothing; as many traces are recorded
 * as the services are set to.
 */
export interface TracingCost {
  off: Figure
  on: Figure
  /** Orders a second with it to those without, pair by pair: the machine drifts from one to the next. */
  rate: Figure
  /** CPU of an order, likewise. */
  cpu: Figure
}

/** What the services bear, warmed up. */
interface Borne {
  ordersPerSecond: number
  cpuMs: number
}

/** `bear` starts the services with these settings. Off goes first in one pair, and on in the next. */
export async function tracingCost(
  pairs: number,
  bear: (env: Record<string, string>) => Promise<Borne>,
): Promise<TracingCost> {
  const sink = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  })
  sink.listen(0, '127.0.0.1')
  await once(sink, 'listening')
  const { port } = sink.address() as AddressInfo // an address and a port, as it listens on no pipe
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }
  const found: { off: Borne; on: Borne }[] = []
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) found.push({ off: await bear({}), on: await bear(traced) })
    else {
      const on = await bear(traced)
      found.push({ off: await bear({}), on })
    }
  }
  sink.closeAllConnections()
  sink.close()
  return {
    off: figure(found.map(({ off }) => off.ordersPerSecond)),
    on: figure(found.map(({ on }) => on.ordersPerSecond)),
    rate: figure(found.map(({ off, on }) => on.ordersPerSecond / off.ordersPerSecond)),
    cpu: figure(found.map(({ off, on }) => on.cpuMs / off.cpuMs)),
  }
}
