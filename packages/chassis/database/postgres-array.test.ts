import test from 'ava'
import fc from 'fast-check'
import pg from 'pg'
import { arrayAsText } from './postgres-array.ts'

const textArray: number = 1009
const read: (text: string) => unknown = pg.types.getTypeParser(textArray)

test('an array of text is read as it was, whatever is in it', t => {
  const item = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'NULL', 'null', '"', '\\', '{}', ',', '\n'))
  fc.assert(
    fc.property(fc.array(fc.option(item)), list => {
      t.deepEqual(read(arrayAsText(list) as string), list)
    }),
  )
})

test('a quotation mark and a backslash are what they were, also beside an emoji or the end of a line', t => {
  const list = ['say "no" 😀', 'a\\b 😀', 'a\\b\n', '"\n"', 'C:\\']
  t.deepEqual(read(arrayAsText(list) as string), list)
})

test('numbers and booleans are read as their text', t => {
  t.deepEqual(read(arrayAsText([1, -2, 1e21, true, null, 'a']) as string), ['1', '-2', '1e+21', 'true', null, 'a'])
})

test('what is no array, or holds anything else, is left to node-postgres', t => {
  const [date, bytes] = [new Date(), Buffer.from('a')]
  for (const value of ['a', 1, null, undefined, date, bytes, { a: 1 }, [date], [bytes], [[1]], [undefined], ['a', {}]])
    t.is(arrayAsText(value), value)
})
