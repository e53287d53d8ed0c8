import { setTimeout as pause } from 'node:timers/promises'
import { exit, Failure, type ExitStatus } from './failure.ts'
import type { Mgmt } from './mgmt.ts'
import { renderStep } from './render/order.ts'
import { isFinal, type Order, type TimelineEntry } from './shapes.ts'

/** The exit status that says how an order ended. */
export const statusOf = (order: Pick<Order, 'status'>): ExitStatus => order.status === 'completed' ? exit.done : exit.notFulfilled

/** Follows an order to its end, with a line on stderr for each step, and returns it. */
export async function endOf(order: Order, mgmt: Mgmt): Promise<Order> {
  let before: TimelineEntry | undefined
  for await (const entry of steps(order.id, mgmt)) {
    const [step, previous] = [entry, before]
    mgmt.note(look => renderStep(step, previous, look))
    before = entry
  }
  return mgmt.api.get<Order>('order', `/orders/${order.id}`)
}

const mostFailures = 10

/** The steps of an order as they happen, until it is final. A connection that is lost is taken up where it was. */
export async function* steps(id: string, mgmt: Mgmt): AsyncGenerator<TimelineEntry> {
  let last: string | undefined
  for (let failures = 0; ;) {
    mgmt.signal.throwIfAborted()
    try {
      for await (const { id: position, data } of events(await mgmt.api.stream(`/orders/${id}/stream`, last, mgmt.signal))) {
        yield JSON.parse(data) as TimelineEntry
        last = position
        failures = 0
      }
    } catch (error) {
      mgmt.signal.throwIfAborted()
      if (error instanceof Failure && error.status !== exit.unreachable) throw error
      if (++failures > mostFailures) throw error
      mgmt.note(`connection lost, reconnecting (${failures})`)
    }
    if (isFinal(await mgmt.api.get<Order>('order', `/orders/${id}`).catch(() => ({ status: 'pending' as const })))) return // away: it is asked again
    await pause(Math.min(5_000, 200 * 2 ** failures), undefined, { signal: mgmt.signal })
  }
}

/** Server-Sent Events out of a stream of bytes. */
async function* events(stream: AsyncIterable<Buffer | string>): AsyncGenerator<{ id: string; data: string }> {
  let rest = ''
  for await (const chunk of stream) {
    const blocks = (rest + chunk.toString()).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => block.split('\n').find(text => text.startsWith(`${name}: `))?.slice(name.length + 2)
      const [id, data] = [field('id'), field('data')]
      if (id !== undefined && data !== undefined) yield { id, data }
    }
  }
}
