import { boardKey, boardStream, startBoard } from '@docket/test/support/board.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

const withinMs = 25_000 // a hang takes 40 s; an order must be without progress for some seconds
const looked = 3 // orders, as each takes a process

interface Waits {
  id: string
  waitsFor?: { step: string; service: string }
}

export interface Comparison {
  /** Orders that the views were compared for. */
  orders: number
  differing: string[]
}

/**
 * While a service hangs, `orders show`, `orders top`, `events tail --by-order` and the board name the same step for each
 * order, which order-service itself may not have heard of.
 */
export async function compareSteps(stack: Stack): Promise<Comparison> {
  const home = `${stack.at.dir}/mgmt-home-steps-${process.pid}`
  const env = { XDG_CONFIG_HOME: home }
  const mgmt = async (...args: string[]) => (await stack.mgmt(args, { env })).stdout
  await stack.mgmt(['login', 'operator', '--password-stdin'], { env, stdin: stack.operator.password })
  const board = await openBoard(home)
  let found: Comparison | undefined
  const agree = async () => {
    const { body } = await stack.operator.get('order', '/orders?limit=100')
    const ids = (body.items as Waits[]).flatMap(({ id, waitsFor }) => (waitsFor ? [id] : [])).slice(0, looked)
    // at the same moment, as nearly as processes can
    const [top, byOrder, ...shown] = await Promise.all([
      mgmt('orders', 'top', '--once', '-o', 'json').then(topOf),
      mgmt('events', 'tail', '--by-order', '--since', '10m', '--no-follow', '--utc').then(blocksOf),
      ...ids.map(async id => JSON.parse(await mgmt('orders', 'show', id, '-o', 'json')) as Waits),
    ])
    const held = shown.flatMap(({ id, waitsFor }) => (waitsFor ? [{ id, ...waitsFor }] : []))
    const onBoard = board.steps()
    found = {
      orders: held.length,
      differing: held.flatMap(({ id, ...waitsFor }) => {
        const [step, page] = [inWords(waitsFor), onBoard.get(id)]
        const block = byOrder.get(id) // none: nothing of it is on the topics yet
        const named = block === undefined ? step : /… waits for (.*)/.exec(block)?.[1]
        return step === top.get(id) && step === named && waitsFor.step === page
          ? []
          : [`order ${id} waits for ${step} (show), ${top.get(id)} (top), ${named} (tail --by-order), ${page} (board)`]
      }),
    }
    return found.orders > 0 && found.differing.length === 0
  }
  try {
    await until('all views name the same step', agree, withinMs).catch((error: Error) => {
      if (found === undefined) throw error
    })
  } finally {
    await board.close()
  }
  return found ?? { orders: 0, differing: [] }
}

const inWords = ({ step, service }: { step: string; service: string }) => `${step}, by ${service}`

const topOf = (json: string) =>
  new Map(
    (JSON.parse(json) as { orders: Waits[] }).orders.map(
      ({ id, waitsFor }) => [id, waitsFor && inWords(waitsFor)] as const,
    ),
  )

const blocksOf = (text: string) =>
  new Map(
    text
      .split(/^order /m)
      .slice(1)
      .map(block => [block.slice(0, 36), block] as const),
  )

/** The list of orders of a real board, as its pages are told it. */
async function openBoard(home: string): Promise<{ steps(): Map<string, string>; close(): Promise<void> }> {
  const board = await startBoard(home)
  const ending = new AbortController()
  let list = ''
  let failure: unknown
  const read = async () => {
    for await (const { event, data } of boardStream(board, await boardKey(board), 'orders', ending.signal))
      if (event === 'parts') list = (data as { orders?: string }).orders ?? list
  }
  const reading = read().catch((error: unknown) => {
    if (!ending.signal.aborted) failure = error
  })
  return {
    steps() {
      if (failure !== undefined) throw failure
      const rows = list.matchAll(/<tr data-key="([^"]+)".*?<td class="waits">\s*([^<]*?)\s*<\/td>/gs)
      return new Map([...rows].map(([, id = '', step = '']) => [id, step] as const))
    },
    async close() {
      ending.abort()
      await reading
      await board.stop()
    },
  }
}
