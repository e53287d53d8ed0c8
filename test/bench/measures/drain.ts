import { logger } from '@docket/chassis/log.ts'
import { postgresDatabase } from '@docket/chassis/database/postgres.ts'
import { create } from '@docket/order-service/src/order.steps.ts'
import { newOrder } from '../new-order.ts'
import { watchOthers, type Metered } from '../others.ts'
import { orderServices, type OpenShop } from '../shop.ts'
import { until } from '@docket/test/support/until.ts'

export interface Drain {
  orders: number
  /** Orders a second between the first tenth and the last, so that starting up does not count. */
  perSecond: number
  wholeSeconds: number
}

const ordersPerTransaction = 500
const windowMs = 3_600_000
const withinMs = 300_000

export async function drain(shop: OpenShop, orders: number): Promise<Metered<Drain>> {
  const { stack, endings, skus, customers } = shop
  await Promise.all(orderServices.map(name => stack.kill(name, 'SIGTERM')))
  const db = postgresDatabase({
    url: stack.sources.orders,
    pool: 2,
    log: logger('bench', 'fatal'),
    onAppended: () => undefined,
  })
  const ids: string[] = []
  for (let made = 0; made < orders; made += ordersPerTransaction) {
    const some = Array.from({ length: Math.min(ordersPerTransaction, orders - made) }, (_, at) =>
      newOrder(skus[(made + at) % skus.length] ?? '', customers[0]?.id ?? ''),
    )
    await db.transaction(tx => create(tx, some, windowMs))
    ids.push(...some.map(({ id }) => id))
  }
  await db.close()
  const [fromMs, others] = [performance.now(), watchOthers()]
  await Promise.all(orderServices.map(name => stack.start(name)))
  await until(`a backlog of ${orders} orders is gone`, async () => ids.every(id => endings.at.has(id)), withinMs)
  const othersMeanwhile = others()
  const times = ids.map(id => endings.at.get(id) ?? NaN).sort((a, b) => a - b)
  const [first, last] = [Math.floor(orders * 0.1), Math.floor(orders * 0.9)]
  const [begin = NaN, end = NaN] = [times[first], times[last]]
  return {
    orders,
    perSecond: ((last - first) / (end - begin)) * 1_000,
    wholeSeconds: ((times.at(-1) ?? NaN) - fromMs) / 1_000,
    others: othersMeanwhile,
  }
}
