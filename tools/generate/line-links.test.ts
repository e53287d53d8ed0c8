import test from 'ava'
import { lineOf, withLines } from './line-links.ts'

const source = `import { x } from './x.ts'

export async function* follow(id: string) {
  const reserve = 1
}

const handlers = {
  'order.created': async (tx, events) => reserve(events),
  async handleTogether(tx) {
    return handleTogether(tx)
  },
}

export type Order = { id: string }
export const reserve = (lines: Line[]) => lines
`

for (const [name, line] of [
  ['follow', 3],
  ['handlers', 7],
  ['order.created', 8],
  ['handleTogether', 9],
  ['Order', 14],
  ['reserve', 15],
] as const)
  test(`the line of a declaration: ${name}`, t => t.is(lineOf(name, source, 'order.ts'), line))

test('a name that is not declared, or more than once, is refused with its file', t => {
  t.throws(() => lineOf('release', source, 'order.ts'), { message: 'order.ts does not declare release' })
  t.throws(() => lineOf('orderXcreated', source, 'order.ts'), { message: 'order.ts does not declare orderXcreated' })
  t.throws(() => lineOf('order', 'x({\n  order: 1,\n}, {\n  order: 2,\n})', 'order.ts'), {
    message: 'order.ts declares order on lines 2, 4: it must be declared once',
  })
})

test('a link leads to the line of the name that it shows; all else stays', t => {
  const page = 'See [`reserve`](../order.ts#L1), [the file](../order.ts) and [`Order`](../order.ts#L99).'
  t.is(
    withLines(page, () => source),
    'See [`reserve`](../order.ts#L15), [the file](../order.ts) and [`Order`](../order.ts#L14).',
  )
})

test('a link to a line that shows no name is refused', t => {
  t.throws(() => withLines('[here](order.ts#L3)', () => source), { message: /shows the name that is declared there/ })
})
