import type { Finding } from './checks.ts'
import type { Subject } from './subject.ts'

const labels: Record<Finding['verdict'], string> = {
  ok: 'ok',
  wrong: 'WRONG',
  partly: 'partly',
  void: '-',
  'not reached': '?',
}

export function heading(
  { name, group, handles, publishes, observes, ownsDeadLettersOf }: Subject,
  seed: number,
): string {
  const list = (names: readonly string[]) => names.join(', ') || 'nothing'
  const owned = [...ownsDeadLettersOf].map(topic => `all of ${topic}`)
  return [
    `${name}, seed ${seed}`,
    `  consumes      ${list(handles.map(({ type }) => type))}${handles.length > 0 ? `, in the group ${group}` : ''}`,
    `  publishes     ${list(publishes.map(({ topic }) => topic))}`,
    `  dead-letters  ${list(observes ? [] : [...(handles.length > 0 ? ['what it consumes'] : []), ...owned])}`,
    '',
  ].join('\n')
}

export function lineOf({ check, verdict, did, seen, expected, remedy }: Finding): string {
  const line = `${labels[verdict].padEnd(6)}  ${check.padEnd(14)}  ${[did, seen].filter(Boolean).join(': ')}`
  return verdict === 'wrong'
    ? [
        line,
        ...Object.entries({ expected, remedy }).map(([name, text]) => `${''.padEnd(24)}${name.padEnd(10)}${text}`),
      ].join('\n')
    : line
}

export function summaryOf(findings: readonly Finding[], seconds: number, logFile: string): string {
  const number = (verdict: Finding['verdict']) => findings.filter(one => one.verdict === verdict).length
  return [
    '',
    `${number('ok')} held${number('partly') > 0 ? `, ${number('partly')} as far as can be seen from outside` : ''}, ${number('wrong')} did not, ${number('not reached')} not reached; ${seconds.toFixed(0)} s. What each means: docs/add-a-service.md`,
    `its output: ${logFile}`,
  ].join('\n')
}
