import test from 'ava'
import { cut } from './cut.ts'

test('a text that is cut is still text', t => {
  t.is(cut('no longer', 9), 'no longer')
  t.is(cut('too long', 3), 'too')
  t.is(cut('abc😀', 4), 'abc\ufffd')
  t.is(cut('abc😀', 5), 'abc😀')
})
