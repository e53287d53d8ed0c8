import test from 'ava'
import { Chalk } from 'chalk'
import { stepNames, steps, type StepName } from '@docket/contract/steps.ts'
import { renderLiveTop, renderTop } from '../render/top.ts'
import { widthOf } from '../render/width.ts'
import { firstView, keyed, ordersIn, type OrderUnderWay, type Top, type View } from './top.ts'

const at = '2026-01-31T12:00:00.000Z'
const ago = (ms: number) => new Date(Date.parse(at) - ms).toISOString()
const order = (id: string, name: StepName, waitsMs: number, more: Partial<OrderUnderWay> = {}): OrderUnderWay => ({
  id,
  customerId: 'c',
  status: 'pending',
  total: 100,
  currency: 'EUR',
  createdAt: ago(waitsMs),
  stuck: false,
  lines: [{ sku: 'mug', quantity: 2 }],
  waitsFor: { name, ...steps[name], since: ago(waitsMs) },
  ...more,
})
const top = (...orders: OrderUnderWay[]): Top => ({
  at,
  isLimited: false,
  windowSeconds: 60,
  perSecond: { created: 3.25, completed: 3, rejected: 0, cancelled: 0.1 },
  steps: stepNames.map(name => ({
    name,
    ...steps[name],
    orders: orders.filter(({ waitsFor }) => waitsFor.name === name).length,
    stuck: 0,
    perSecond: 3,
    p50Ms: 40,
    p95Ms: 1_200,
  })),
  orders,
})
const look = { colour: new Chalk({ level: 0 }), width: 100, now: new Date(at), utc: true }
const three = top(
  order('young', 'charge', 1_000, { total: 900 }),
  order('old', 'charge', 60_000, { stuck: true }),
  order('shipped', 'departure', 5_000),
)
const ids = (view: View, of = three) => ordersIn(of, view).map(({ id }) => id)
const after = (keys: string[], view = firstView()): View =>
  keys.reduce((before, key) => {
    const next = keyed(before, key, three)
    if (next === 'quit') throw new Error(`${key} quits`)
    return next
  }, view)

test('orders that have waited longest come first; keys sort and filter them', t => {
  t.deepEqual(ids(firstView()), ['old', 'shipped', 'young'])
  t.deepEqual(ids(after(['s'])), ['old', 'young', 'shipped'], 'by step')
  t.deepEqual(ids(after(['s', 's'])), ['young', 'old', 'shipped'], 'by total')
  t.deepEqual(ids(after(['x'])), ['old'])
  t.deepEqual(ids(after(['f', 'f'])), ['old', 'young'], 'those that wait for the charge')
  t.deepEqual(ids(after(['f', 'f', 'F', 'F'])), ['old', 'shipped', 'young'])
})

test('keys select an order, within the list, open it, and go back', t => {
  const [up, down] = ['\u001b[A', '\u001b[B']
  t.is(after([up]).selected, 0)
  t.is(after([down, down, down, 'j']).selected, 2)
  const opened = after([down, '\r'])
  t.is(opened.open?.id, 'shipped')
  t.is(after([down], opened).selected, 1, 'nothing is selected meanwhile')
  t.is(after(['\u001b'], opened).open, undefined)
  t.true(after(['?']).isHelp)
  t.deepEqual(keyed(firstView(), '\r', top()), firstView(), 'there is none to open')
  for (const key of ['q', '\u0003'])
    for (const view of [firstView(), opened, after(['?'])]) t.is(keyed(view, key, three), 'quit')
})

test('each step shows how many wait, since when and how fast they get on; each order what it waits for', t => {
  const text = renderTop(three, firstView(), look)
  t.regex(text, /^12:00:00Z +created 3\.3, completed 3\.0, rejected 0\.00, cancelled 0\.10 a second, over 60 s/)
  t.regex(text, /^charge +payment-service +2 +0 +– +3\.0 +40ms +1\.2s$/m)
  t.regex(text, /^old +pending \(stuck\) +charge +1m 0s +1\.00 EUR +2×mug +the charge, by payment-service$/m)
  t.notRegex(renderTop(top(), firstView(), look), /the charge/)
})

test('it fits every terminal, and the last line tells the keys', t => {
  const many = top(
    ...stepNames.flatMap((name, n) => Array.from({ length: 50 }, (_, at) => order(`${n}-${at}`, name, at))),
  )
  for (const [width, rows] of [
    [80, 24],
    [40, 12],
    [200, 60],
  ] as const) {
    const lines = renderLiveTop(many, { ...firstView(), selected: 300 }, { ...look, width }, rows).split('\n')
    t.true(lines.length < rows, `${lines.length} lines in ${rows} rows`)
    t.regex(lines.at(-1) ?? '', /q quit/)
    for (const line of lines) t.true(widthOf(line) <= width, line)
  }
})

test('the selected order is always on the screen', t => {
  const many = top(...Array.from({ length: 100 }, (_, n) => order(`order-${n}`, 'charge', 1_000 - n)))
  for (const selected of [0, 5, 50, 99])
    t.regex(renderLiveTop(many, { ...firstView(), selected }, look, 24), new RegExp(`order-${selected} `))
})
