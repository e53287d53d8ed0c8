import type { Stack } from '../stack.ts'
import { until } from '../until.ts'

interface StuckOrder {
  id: string
  status: string
  waitsFor: { service: string; step: string }
  cause?: { kind: string; text: string; next: string }
}

export const jsonOf = async <T>(stack: Stack, args: string[]): Promise<T> =>
  JSON.parse((await stack.mgmt([...args, '-o', 'json'])).stdout) as T

export const stuckFor = (stack: Stack, kind: string, id: string, withinMs?: number): Promise<StuckOrder> =>
  until(
    `order ${id} is stuck: ${kind}`,
    async () =>
      (await jsonOf<StuckOrder[]>(stack, ['orders', 'list', '--stuck'])).find(
        order => order.id === id && order.cause?.kind === kind,
      ),
    withinMs,
  )
