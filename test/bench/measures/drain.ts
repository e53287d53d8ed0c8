import { logger } from '@docket/chassis/log.ts'
import { postgresDatabase } from '@docket/chassis/database/postgres.ts'
import { create } from '@docket/order-service/src/order.steps.ts'
import { newOrder } from '../new-order.ts'
import { watchOthers, type Metered } from '../others.ts'
import { orderServices, type OpenShop } from '../shop.ts'
import { until } from '@docket/test/support/until.ts'

export interface Drain {
  orders: number
  /**
   * From the moment in which all services are ready to the last end of an order. Orders pass each step together, so that
   * most of them end in the last seconds: a rate of ends within those would say nothing of the steps before.
   */
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
  const readyMs = performance.now()
  await until(`a backlog of ${orders} orders is gone`, async () => ids.every(id => endings.at.has(id)), withinMs)
  const othersMeanwhile = others()
  const lastMs = ids.reduce((last, id) => Math.max(last, endings.at.get(id) ?? NaN), -Infinity)
  return {
    orders,
    perSecond: (orders / (lastMs - readyMs)) * 1_000,
    wholeSeconds: (lastMs - fromMs) / 1_000,
    others: othersMeanwhile,
  }
}
