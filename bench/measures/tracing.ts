import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { figure, type Figure } from '../statistics.ts'

/** Orders a second at saturation, in turn without a collector and with one that keeps nothing. */
export interface TracingCost {
  off: Figure
  /** Every trace is recorded. */
  on: Figure
  /** Every tenth is. */
  tenth: Figure
  /** To that without a collector, round by round: the machine drifts from one to the next. */
  onToOff: Figure
  tenthToOff: Figure
}

const every: Record<'off' | 'on' | 'tenth', Record<string, string> | undefined> = {
  off: undefined,
  on: { OTEL_TRACES_SAMPLER: 'parentbased_always_on' },
  tenth: { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' },
}

/** `capacity` starts the services with these settings, warms them up and says how much they bear. */
export async function tracingCost(rounds: number, capacity: (env: Record<string, string>) => Promise<number>): Promise<TracingCost> {
  const sink = createServer((request, response) => { request.resume().once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')) })
  sink.listen(0, '127.0.0.1')
  await once(sink, 'listening')
  const { port } = sink.address() as AddressInfo // an address and a port, as it listens on no pipe
  const found = { off: [] as number[], on: [] as number[], tenth: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    for (const name of ['off', 'on', 'tenth'] as const) {
      const sampler = every[name]
      found[name].push(await capacity(sampler ? { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, ...sampler } : {}))
    }
  }
  sink.closeAllConnections()
  sink.close()
  const toOff = (rates: number[]) => figure(rates.map((rate, round) => rate / (found.off[round] ?? NaN)))
  return { off: figure(found.off), on: figure(found.on), tenth: figure(found.tenth), onToOff: toOff(found.on), tenthToOff: toOff(found.tenth) }
}
