import test from 'ava'
import { sharedPoll } from './shared-poll.ts'

interface Shop {
  has: string[]
  looks: string[][]
  isClosed: boolean
}

const aShop = (): Shop => ({ has: [], looks: [], isClosed: false })

const itemIn = sharedPoll(1, async (shop: Shop, wanted: readonly string[]) => {
  shop.looks.push([...wanted])
  if (shop.isClosed) throw new Error('closed')
  return item => (shop.has.includes(item) ? `a ${item}` : undefined)
})

test('all who wait share a look, and each gets what was found for it', async t => {
  const shop = aShop()
  const [mug, plate] = [itemIn(shop)('mug'), itemIn(shop)('plate')]
  shop.has = ['mug']
  t.is(await mug, 'a mug')
  shop.has = ['plate']
  t.is(await plate, 'a plate')
  t.deepEqual(shop.looks[0], ['mug', 'plate'])
  t.deepEqual(shop.looks.at(-1), ['plate'])
})

test('a signal ends one wait, and when none is left nobody looks', async t => {
  const shop = aShop()
  const ending = new AbortController()
  const mug = itemIn(shop)('mug', ending.signal)
  ending.abort()
  t.is(await mug, undefined)
  t.is(await itemIn(shop)('mug', ending.signal), undefined)
  t.deepEqual(shop.looks, [])
})

test('those who wait while others give up share one poll', async t => {
  const shop = aShop()
  const ending = new AbortController()
  const first = itemIn(shop)('mug', ending.signal)
  ending.abort()
  const second = itemIn(shop)('plate')
  shop.has = ['plate']
  t.deepEqual(await Promise.all([first, second]), [undefined, 'a plate'])
  t.deepEqual(shop.looks, [['plate']])
})

test('a look that fails fails every wait, and not those that come after it', async t => {
  const shop = { ...aShop(), isClosed: true }
  await t.throwsAsync(itemIn(shop)('mug'), { message: 'closed' })
  Object.assign(shop, { isClosed: false, has: ['mug'] })
  t.is(await itemIn(shop)('mug'), 'a mug')
})
