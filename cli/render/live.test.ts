import test from 'ava'
import { liveLines } from './live.ts'

function aTerminal(columns = 20, rows = 5) {
  const written: string[] = []
  return { columns, rows, written, write: (text: string) => written.push(text) }
}

test('a redraw replaces what was drawn before', t => {
  const terminal = aTerminal()
  const live = liveLines(terminal, true)
  live.draw('one\ntwo')
  live.draw('three')
  t.deepEqual(terminal.written, ['one\ntwo', '\r\u001b[1A\u001b[0Jthree'])
})

test('lines that a narrower terminal has wrapped again are removed whole', t => {
  const terminal = aTerminal()
  const live = liveLines(terminal, true)
  live.draw('x'.repeat(20))
  terminal.columns = 5
  live.clear()
  t.is(terminal.written.at(-1), '\r\u001b[3A\u001b[0J')
})

test('no more lines than the terminal has, and none where there is none', t => {
  const terminal = aTerminal()
  liveLines(terminal, true).draw('1\n2\n3\n4\n5\n6')
  t.is(terminal.written[0], '1\n2\n3\n4')
  const pipe = aTerminal()
  liveLines(pipe, false).draw('x')
  t.deepEqual(pipe.written, [])
})
