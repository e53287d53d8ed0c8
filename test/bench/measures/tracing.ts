import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { medianOthers, type Metered } from '../others.ts'
import { interleaved } from '../pairs.ts'
import { figure, type Figure } from '../statistics.ts'
import { cpuOf } from '../cost.ts'
import type { Capacity } from './saturation.ts'

export interface TracingCost {
  off: Figure
  on: Figure
  /** Orders a second with it to those without, pair by pair: the machine drifts from one to the next. */
  rate: Figure
  cpu: Figure
}

export async function tracingCost(
  pairs: number,
  measure: (env: Record<string, string>) => Promise<Metered<Capacity>>,
): Promise<Metered<TracingCost>> {
  const sink = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  })
  sink.listen(0, '127.0.0.1')
  await once(sink, 'listening')
  const { port } = sink.address() as AddressInfo // an address and a port, as it listens on no pipe
  const found = await interleaved(
    pairs,
    () => measure({}),
    () => measure({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }),
  )
  sink.closeAllConnections()
  sink.close()
  const rate = ({ ordersPerSecond }: Capacity) => ordersPerSecond.median
  return {
    off: figure(found.map(({ a }) => rate(a))),
    on: figure(found.map(({ b }) => rate(b))),
    rate: figure(found.map(({ a, b }) => rate(b) / rate(a))),
    cpu: figure(found.map(({ a, b }) => cpuOf(b.perOrder) / cpuOf(a.perOrder))),
    others: medianOthers(found.flatMap(({ a, b }) => [a, b])),
  }
}
