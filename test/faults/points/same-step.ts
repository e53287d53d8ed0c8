import type { Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

const withinMs = 25_000 // a hang takes 40 s; an order must be without progress for some seconds
const looked = 3 // orders, as each takes a process

interface Waits {
  id: string
  waitsFor?: { step: string; service: string }
}

/**
 * While a service hangs, `orders show`, `orders top` and `events tail --by-order` name the same step for each order, which
 * order-service itself may not have heard of. Returns what differs.
 */
export async function differingSteps(stack: Stack): Promise<string[]> {
  const home = { XDG_CONFIG_HOME: `${stack.at.dir}/mgmt-home-steps-${process.pid}` }
  const mgmt = async (...args: string[]) => (await stack.mgmt(args, { env: home })).stdout
  await stack.mgmt(['login', 'operator', '--password-stdin'], { env: home, stdin: stack.operator.password })
  let differing: string[] = []
  const agree = async () => {
    const { body } = await stack.operator.get('order', '/orders?limit=100')
    const ids = (body.items as Waits[]).flatMap(({ id, waitsFor }) => (waitsFor ? [id] : [])).slice(0, looked)
    const top = new Map(
      (JSON.parse(await mgmt('orders', 'top', '--once', '-o', 'json')) as { orders: Waits[] }).orders.map(inWords),
    )
    const byOrder = blocksOf(await mgmt('events', 'tail', '--by-order', '--since', '10m', '--no-follow', '--utc'))
    const shown = new Map(
      await Promise.all(
        ids.map(async id => inWords(JSON.parse(await mgmt('orders', 'show', id, '-o', 'json')) as Waits)),
      ),
    )
    differing = [...shown].flatMap(([id, step]) => {
      const block = byOrder.get(id) // none: nothing of it is on the topics yet
      const named = block === undefined ? step : /… waits for (.*)/.exec(block)?.[1]
      return step === top.get(id) && step === named
        ? []
        : [`order ${id} waits for ${step} (show), ${top.get(id)} (top), ${named} (tail --by-order)`]
    })
    return differing.length === 0
  }
  await until('all views name the same step', agree, withinMs).catch((error: unknown) => {
    if (differing.length === 0) throw error
  })
  return differing
}

const inWords = ({ id, waitsFor }: Waits) => [id, waitsFor && `${waitsFor.step}, by ${waitsFor.service}`] as const

const blocksOf = (text: string) =>
  new Map(
    text
      .split(/^order /m)
      .slice(1)
      .map(block => [block.slice(0, 36), block] as const),
  )
