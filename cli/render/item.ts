import type { Look } from './look.ts'
import { formatMoney } from '@docket/contract/money.ts'
import type { Account, Item, OneUsePassword, User } from '../client/shapes.ts'
import { clean, facts, table } from './table.ts'

export function renderItems(items: readonly Item[], look: Look): string {
  if (items.length === 0) return 'no items'
  const rows = items.map(item => [
    clean(item.sku),
    clean(item.name),
    `${formatMoney(item.unitPrice, item.currency)} ${item.currency}`,
    String(item.available),
    String(item.reserved),
    String(item.shipped),
  ])
  return table(['SKU', 'NAME', 'PRICE', 'AVAILABLE', 'RESERVED', 'SHIPPED'], rows, look, [2, 3, 4, 5], [1, 0])
}

export const renderItem = (item: Item, look: Look) =>
  facts(
    [
      ['sku', clean(item.sku)],
      ['name', clean(item.name)],
      ['price', `${formatMoney(item.unitPrice, item.currency)} ${item.currency}`],
      ['available', String(item.available)],
      ['reserved', String(item.reserved)],
      ['shipped', item.lost > 0 ? `${item.shipped}, of which ${item.lost} were lost` : String(item.shipped)],
      ...(item.scrapped > 0 ? [['scrapped', String(item.scrapped)] as [string, string]] : []),
      ['received', String(item.received)],
    ],
    look,
  )

const state = ({ disabled }: Account) => (disabled === undefined ? '' : disabled ? 'disabled' : 'enabled')

export const renderUsers = (users: readonly Account[], look: Look) =>
  users.length === 0
    ? 'no users'
    : table(
        ['USERNAME', 'ROLE', 'STATE', 'ID'],
        users.map(user => [clean(user.username), clean(user.role), state(user), user.id]),
        look,
        [],
        [0],
      )

const userFacts = (user: User): [string, string][] => [
  ['username', clean(user.username)],
  ['role', clean(user.role)],
  ['id', user.id],
]

export const renderUser = (user: User, look: Look) => facts(userFacts(user), look)

export const renderAccount = (user: Account, look: Look) => facts([...userFacts(user), ['state', state(user)]], look)

export const renderOneUsePassword = (user: OneUsePassword, look: Look) =>
  facts(
    [
      ...userFacts(user),
      ['password', user.password],
      ['good for', `one use within ${user.hours} hours: to choose a new one. It is not shown again`],
    ],
    look,
  )
