import { publish } from '@docket/chassis/messaging/outbox.ts'
import { refused } from '@docket/chassis/refused.ts'
import { deadLettersRoute } from '@docket/chassis/http/dead-letters.ts'
import { pageOf } from '@docket/chassis/http/list.ts'
import { resendRoute } from '@docket/chassis/http/resend.ts'
import { created, ok, route, weightOfPage, type Route } from '@docket/chassis/http/route.ts'
import { formatMoney } from '@docket/contract/money.ts'
import { mayAdjust } from './item.ts'
import {
  Adjustment,
  Item,
  ItemChange,
  ItemPage,
  ListQuery,
  MovementPage,
  MovementQuery,
  NewItemBody,
  Sku,
} from './item.shapes.ts'
import { adjustItem, findItem, insertItem, listItems, lockItem, updateItem, type ItemRow } from './item.store.ts'
import { listMovements, type MovementRow } from './movement.store.ts'

export const routes: Route[] = [
  resendRoute,
  deadLettersRoute,
  route({
    method: 'post',
    path: '/items',
    who: 'operator',
    summary: 'Create an item with its first stock',
    body: NewItemBody,
    answers: { 201: Item },
    refusals: { sku_taken: 409 },
    async handle({ tx, body, audit }) {
      const item = await insertItem(tx, body)
      if (!item) return refused('sku_taken', `Item ${body.sku} already exists; change it, or choose another sku.`)
      await publish(tx, [{ type: 'item.created', key: item.sku, sequence: item.version, data: described(item) }])
      await audit({ act: 'item.created', on: itemOf(item), detail: `${priceOf(item)}, ${body.quantity} pieces` })
      return created(shown(item), `/items/${encodeURIComponent(item.sku)}`)
    },
  }),

  route({
    method: 'patch',
    path: '/items/:sku',
    who: 'operator',
    summary: 'Change the name or the price of an item; orders that exist keep theirs',
    params: Sku,
    body: ItemChange,
    answers: { 200: Item },
    refusals: { not_found: 404 },
    async handle({ tx, params, body, audit }) {
      const item = await updateItem(tx, params.sku, body)
      if (!item) return noSuchItem(params.sku)
      await publish(tx, [{ type: 'item.updated', key: item.sku, sequence: item.version, data: described(item) }])
      await audit({ act: 'item.updated', on: itemOf(item), detail: `${item.name}, ${priceOf(item)}` })
      return ok(shown(item))
    },
  }),

  route({
    method: 'post',
    path: '/items/:sku/adjustments',
    who: 'operator',
    summary: 'Add pieces to the stock, or remove available ones',
    params: Sku,
    body: Adjustment,
    answers: { 200: Item },
    refusals: { not_found: 404, insufficient_stock: 409, too_many_pieces: 409 },
    async handle({ tx, params, body, audit }) {
      const before = await lockItem(tx, params.sku)
      if (!before) return noSuchItem(params.sku)
      const no = mayAdjust(before, body.delta)
      if (no) return no
      const item = await adjustItem(tx, params.sku, body.delta, body.reason)
      await publish(tx, [
        {
          type: 'stock.adjusted',
          key: item.sku,
          sequence: item.version,
          data: { sku: item.sku, delta: body.delta, reason: body.reason, available: item.available },
        },
      ])
      const detail = `by ${body.delta}, to ${item.available} available`
      await audit({ act: 'stock.adjusted', on: itemOf(item), reason: body.reason, detail })
      return ok(shown(item))
    },
  }),

  route({
    method: 'get',
    path: '/items',
    who: 'user',
    summary: 'List or search items, by sku',
    query: ListQuery,
    weight: weightOfPage,
    answers: { 200: ItemPage },
    async handle({ tx, query: { cursor, limit, ...filter } }) {
      const rows = await listItems(tx, { ...filter, after: cursor, limit: limit + 1 })
      const { page, nextCursor } = pageOf(rows, limit, ({ sku }) => sku)
      return ok({ items: page.map(shown), nextCursor })
    },
  }),

  route({
    method: 'get',
    path: '/items/:sku',
    who: 'user',
    summary: 'One item and its stock',
    params: Sku,
    answers: { 200: Item },
    refusals: { not_found: 404 },
    async handle({ tx, params }) {
      const item = await findItem(tx, params.sku)
      return item ? ok(shown(item)) : noSuchItem(params.sku)
    },
  }),

  route({
    method: 'get',
    path: '/items/:sku/movements',
    who: 'observer',
    summary: 'What changed the stock of an item, newest first; those of orders that retention deleted are gone',
    params: Sku,
    query: MovementQuery,
    weight: weightOfPage,
    answers: { 200: MovementPage },
    refusals: { not_found: 404 },
    async handle({ tx, params: { sku }, query: { cursor, limit, ...filter } }) {
      if (!(await findItem(tx, sku))) return noSuchItem(sku)
      const rows = await listMovements(tx, { ...filter, sku, before: cursor, limit: limit + 1 })
      const { page, nextCursor } = pageOf(rows, limit, ({ id }) => String(id))
      return ok({ items: page.map(moved), nextCursor })
    },
  }),
]

const itemOf = ({ sku }: ItemRow) => ({ kind: 'item', id: sku })

const priceOf = ({ unitPrice, currency }: ItemRow) => `${formatMoney(unitPrice, currency)} ${currency}`

const noSuchItem = (sku: string) => refused('not_found', `There is no item ${sku}.`)

const described = ({ sku, name, unitPrice, currency }: ItemRow) => ({ sku, name, unitPrice, currency })

const shown = ({ version: _, ...item }: ItemRow) => item

const moved = ({ orderId, ref, reason, at, ...movement }: MovementRow) => ({
  ...movement,
  ...(orderId !== null && { orderId }),
  ...(ref !== null && { ref }),
  ...(reason !== null && { reason }),
  at: at.toISOString(),
})
