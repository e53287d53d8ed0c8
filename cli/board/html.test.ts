import test from 'ava'
import { html } from './html.ts'

test('text of other people is escaped wherever it stands, and markup of our own is not', t => {
  const evil = `"><script>alert('1')</script>&\u202E\u0007`
  const inner = html`<b title="${evil}">${evil}</b>`
  for (const one of ['<script', '"><', '\u202E', '\u0007', "'1'"]) t.false(inner.text.includes(one), one)
  t.is(html`<p>${inner}</p>`.text, `<p>${inner.text}</p>`)
})

test('lists are joined, and what is missing leaves nothing', t => {
  t.is(html`${[1, 2].map(one => html`<b>${one}</b>`)}${undefined}${false}`.text, '<b>1</b><b>2</b>')
})
