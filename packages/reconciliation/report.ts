import { invariants, type Finding, type Invariant } from './snapshot.ts'
import type { Reconciliation } from './audit.ts'

const shownOfEach = 10

export function report({ findings, unchecked, counts, seconds }: Reconciliation): string {
  const number = new Intl.NumberFormat('en')
  const names = Object.keys(invariants) as Invariant[] // Object.keys forgets what the keys are
  const lines = names.flatMap(name => {
    const wrong = findings.filter(finding => finding.invariant === name)
    return [
      `${wrong.length > 0 ? 'WRONG' : unchecked[name] === undefined ? 'ok   ' : '–    '} ${name}  ${invariants[name]}`,
      ...(unchecked[name] === undefined ? [] : [`         not checked: ${unchecked[name]}`]),
      ...wrong.slice(0, shownOfEach).map(inWords),
      ...moreThan(wrong),
    ]
  })
  const looked =
    `${number.format(counts.orders)} orders (${number.format(counts.underWay)} under way), ${number.format(counts.payments)} payments, ` +
    `${number.format(counts.items)} items, ${number.format(counts.events)} events, ${number.format(counts.deadLetters)} dead letters in ${seconds.toFixed(1)} s`
  return [...lines, '', looked, lastLine(findings.length, Object.keys(unchecked))].join('\n')
}

function lastLine(findings: number, notChecked: readonly string[]): string {
  if (findings > 0) return `${findings} findings.`
  return notChecked.length === 0
    ? 'Reconciled: every invariant holds.'
    : `Every invariant that was checked holds; ${notChecked.join(', ')} was not checked.`
}

const inWords = ({ about, text }: Finding) => `         ${about} ${text}`

const moreThan = (wrong: Finding[]) =>
  wrong.length > shownOfEach ? [`         and ${wrong.length - shownOfEach} more`] : []
