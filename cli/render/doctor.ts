import type { Look } from './look.ts'
import { clean, wrapped } from './table.ts'

export interface Check {
  name: string
  ok: boolean
  text: string
  next?: string
}

export function renderChecks(checks: readonly Check[], { colour, width: columns }: Look): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lines = checks.map(
    ({ name, ok, text, next }) =>
      `${ok ? colour.green('ok   ') : colour.red('WRONG')} ${name.padEnd(width)}  ${wrapped(clean(text), Math.max(20, columns - width - 8)).join(`\n${' '.repeat(width + 8)}`)}${next === undefined ? '' : `\n      ${' '.repeat(width)}  next: ${next}`}`,
  )
  const wrong = checks.filter(({ ok }) => !ok).length
  return [
    ...lines,
    '',
    wrong === 0 ? 'All is well.' : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.`,
  ].join('\n')
}
