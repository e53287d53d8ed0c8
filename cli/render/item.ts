import type { Look } from '../mgmt.ts'
import { formatMoney } from '../money.ts'
import type { Item, User } from '../shapes.ts'
import { clean, facts, short, table } from './table.ts'

export function renderItems(items: readonly Item[], look: Look): string {
  if (items.length === 0) return 'no items'
  const rows = items.map(item => [
    short(item.sku, 24), short(clean(item.name), Math.max(12, look.width - 74)), `${formatMoney(item.unitPrice, item.currency)} ${item.currency}`,
    String(item.available), String(item.reserved), String(item.shipped),
  ])
  return table(['SKU', 'NAME', 'PRICE', 'AVAILABLE', 'RESERVED', 'SHIPPED'], rows, look, [2, 3, 4, 5])
}

export const renderItem = (item: Item, look: Look) => facts([
  ['sku', item.sku], ['name', clean(item.name)], ['price', `${formatMoney(item.unitPrice, item.currency)} ${item.currency}`], ['available', String(item.available)],
  ['reserved', String(item.reserved)], ['shipped', String(item.shipped)], ['received', String(item.received)],
], look)

export const renderUsers = (users: readonly User[], look: Look) =>
  users.length === 0 ? 'no users' : table(['USERNAME', 'ROLE', 'ID'], users.map(user => [user.username, user.role, user.id]), look)

export const renderUser = (user: User, look: Look) => facts([['username', user.username], ['role', user.role], ['id', user.id]], look)
