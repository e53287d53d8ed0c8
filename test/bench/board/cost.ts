import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { boardKey, boardStream, startBoard } from '@docket/test/support/board.ts'
import { withCost, type PerOrder } from '../cost.ts'
import { openLoop, untilAllEnded } from '../load.ts'
import { warmUp } from '../measures/saturation.ts'
import { medianOthers, type Metered } from '../others.ts'
import { interleaved, ratioOfPairs } from '../pairs.ts'
import { say } from '../say.ts'
import { inShop, type OpenShop } from '../shop.ts'
import type { BoardCost } from './verdict.ts'

const perSecond = 50
const settleSeconds = 5
const lingerMs = 11_000 // order-service goes on reading for its feed for 10 s after the last reader

export const boardCost = (size: {
  pairs: number
  seconds: number
  warmUpSeconds: number
}): Promise<Metered<BoardCost>> =>
  inShop({}, async shop => {
    say(`warming up for ${size.warmUpSeconds} s`)
    await warmUp(shop, size.warmUpSeconds)
    const { stack } = shop
    const home = join(stack.at.dir, 'mgmt-home-board')
    const login = ['login', 'operator', '--password-file', join(stack.at.dir, 'operator-password')]
    await stack.mgmt(login, { env: { XDG_CONFIG_HOME: home } })
    const measured: Metered<{ perOrder: PerOrder }>[] = []
    const side = async (withBoard: boolean) => {
      say(`${perSecond} orders a second ${withBoard ? 'with a board open' : 'without a board'}`)
      const cost = withBoard
        ? await whileOpen(home, () => costOf(shop, size.seconds))
        : await costOf(shop, size.seconds)
      measured.push(cost)
      return cost.perOrder
    }
    const pairs = await interleaved(
      size.pairs,
      () => side(false),
      () => side(true),
    )
    const ratio = (of: (one: PerOrder) => number) => ratioOfPairs(pairs.map(({ a, b }) => ({ a: of(a), b: of(b) })))
    return {
      services: ratio(one => serviceNames.reduce((sum, name) => sum + (one[name]?.cpuMs ?? 0), 0)),
      byService: Object.fromEntries(serviceNames.map(name => [name, ratio(one => one[name]?.cpuMs ?? 0)])),
      others: medianOthers(measured),
    }
  })

async function costOf(shop: OpenShop, seconds: number): Promise<Metered<{ perOrder: PerOrder }>> {
  const run = async (forSeconds: number) => {
    const { placed } = await openLoop(shop, perSecond, forSeconds)
    await untilAllEnded(placed, shop.endings)
  }
  await run(settleSeconds)
  return withCost(shop, () => run(seconds))
}

/**
 * As one who looks at the flow of orders, having caught up with the last seconds: opening a board after a rush costs what
 * it has to read. The browser's own work would change what the services do together. */
async function whileOpen<T>(home: string, work: () => Promise<T>): Promise<T> {
  const board = await startBoard(home, { args: ['--since', '30s'] })
  const ending = new AbortController()
  const reading = Array.fromAsync(boardStream(board, await boardKey(board), 'flow', ending.signal)).catch(
    (error: unknown) => {
      if (!ending.signal.aborted) throw error
    },
  )
  try {
    return await work()
  } finally {
    ending.abort()
    await reading
    await board.stop()
    await pause(lingerMs)
  }
}
