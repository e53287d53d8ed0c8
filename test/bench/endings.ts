import { header } from '@docket/kafka/record-codec.ts'
import { tail } from '@docket/kafka/tail.ts'

/** Sees orders end, as any observer of the topic does. */
export interface Endings {
  at: ReadonlyMap<string, number>
  onEnd: ((id: string) => void) | undefined
  stop(): Promise<void>
}

const isEnding = new Set(['order.completed', 'order.rejected', 'order.cancelled'])

export async function watchEndings(brokers: string[]): Promise<Endings> {
  const ending = new AbortController()
  const at = new Map<string, number>()
  const ready = Promise.withResolvers<void>()
  const endings: Endings = {
    at,
    onEnd: undefined,
    async stop() {
      ending.abort()
      await running
    },
  }
  const running = tail({
    kafka: { brokers, clientId: 'bench' },
    topics: ['order-events'],
    from: 'now',
    follow: true,
    signal: ending.signal,
    wanted: record => isEnding.has(header(record, 'ce_type') ?? ''),
    onRecord(record) {
      const id = record.key?.toString() ?? ''
      at.set(id, performance.now())
      endings.onEnd?.(id)
    },
    onState({ state }) {
      if (state === 'ready') ready.resolve()
    },
  })
  await Promise.race([ready.promise, running])
  return endings
}
