import { tail } from '@docket/kafka/tail.ts'

/** Reading all topics as an observer does. */
export interface TailSpeed {
  events: number
  perSecond: number
  residentMb: number
}

export async function tailSpeed(brokers: string[]): Promise<TailSpeed> {
  const fromMs = performance.now()
  let events = 0
  await tail({ kafka: { brokers, clientId: 'bench' }, from: 'beginning', follow: false, signal: AbortSignal.timeout(120_000), onRecord: () => { events++ }, onState: () => undefined })
  return { events, perSecond: events / (performance.now() - fromMs) * 1_000, residentMb: Math.round(process.memoryUsage.rss() / 2 ** 20) }
}
