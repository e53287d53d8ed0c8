import type { Finding } from '../system/drills.ts'
import type { Look } from './look.ts'
import { clean, wrapped } from './table.ts'

export interface Drilled {
  drill: string
  coped: boolean
  happened: string[]
  findings: Finding[]
}

/** Only the findings and the verdict: the events were printed as they happened. */
export function renderDrill({ findings, coped }: Drilled, { colour, width }: Look): string {
  const lines = findings.flatMap(({ what, ok, found }) => {
    const [first = '', ...rest] = wrapped(clean(`${what}: ${found}`), Math.max(20, width - 6))
    return [`${ok ? colour.green('ok   ') : colour.red('WRONG')} ${first}`, ...rest.map(line => `      ${line}`)]
  })
  return [...lines, '', coped ? colour.green('The system coped.') : colour.red('The system did not cope.')].join('\n')
}
