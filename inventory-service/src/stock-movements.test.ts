import test from 'ava'
import { takenBack, turnedUp, type Movement } from './stock-movements.ts'

const mugs = (condition: 'restock' | 'scrap' | 'lost') => ({ sku: 'mug', quantity: 2, condition })
const mug = (location: string, kind: Movement['kind'], change: Partial<Movement>): Movement => ({
  sku: 'mug',
  location,
  kind,
  ...change,
})

test('goods that come back to where they left are available or scrapped there', t => {
  const goods = { from: 'main', to: 'main', lines: [mugs('restock'), mugs('scrap')] }
  t.deepEqual(takenBack(goods), [
    mug('main', 'returned', { shipped: -2, available: 2 }),
    mug('main', 'scrapped', { shipped: -2, scrapped: 2 }),
  ])
})

test('goods that arrive elsewhere are no longer shipped where they left, and both places note the move', t => {
  t.deepEqual(takenBack({ from: 'main', to: 'shop', lines: [mugs('restock')] }), [
    mug('main', 'returned', { shipped: -2, moved: -2 }),
    mug('shop', 'returned', { available: 2, moved: 2 }),
  ])
})

test('lost goods stay shipped where they left, and are counted as lost', t => {
  t.deepEqual(takenBack({ from: 'main', to: 'shop', lines: [mugs('lost')] }), [mug('main', 'lost', { lost: 2 })])
})

test('what turns up is lost no more', t => {
  t.deepEqual(turnedUp({ from: 'main', to: 'main', lines: [mugs('restock')] }), [
    mug('main', 'found', { shipped: -2, lost: -2, available: 2 }),
  ])
  t.deepEqual(turnedUp({ from: 'main', to: 'shop', lines: [mugs('scrap')] }), [
    mug('main', 'found', { shipped: -2, lost: -2, moved: -2 }),
    mug('shop', 'found', { scrapped: 2, moved: 2 }),
  ])
})
