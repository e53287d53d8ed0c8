import type { Finding, Outcome } from './fuzz.ts'

const longest = 30 // findings that are shown in full
const longestText = 2_000 // characters

export function tableOf(
  tallies: Outcome['tallies'],
  findings: Outcome['findings'],
  late: string[],
  memory: string[],
): string {
  const rows = [...tallies].sort(([a], [b]) => a.localeCompare(b)).map(([name, tally]) => row(name, tally))
  const all = new Map<string, number>()
  for (const tally of tallies.values())
    for (const [status, times] of tally) all.set(status, (all.get(status) ?? 0) + times)
  const shown = [...findings].slice(0, longest).map(([key, finding]) => described(key, finding))
  return [
    '',
    row('endpoint', new Map()).replace('      0', 'sent   '),
    ...rows,
    row('all', all),
    '',
    `memory: ${memory.join(', ')}`,
    '',
    `${findings.size + late.length} findings${findings.size > longest || late.length > longest ? `; the first ${longest} of each sort:` : ''}`,
    ...shown,
    ...late.slice(0, longest).map(text => `- ${text.slice(0, longestText)}`),
  ].join('\n')
}

function row(name: string, tally: ReadonlyMap<string, number>): string {
  const statuses = [...tally].sort(([a], [b]) => a.localeCompare(b)).map(([status, times]) => `${status}: ${times}`)
  const sum = [...tally.values()].reduce((total, times) => total + times, 0)
  return `${name.padEnd(52)} ${String(sum).padStart(7)}  ${statuses.join(', ')}`
}

const described = (key: string, { what, seed, kind, person, times, reproduction }: Finding) =>
  `- ${key.slice(0, key.indexOf(': '))}: ${what}\n    ${times} times; first by --seed ${seed} --requests 1000, ${kind}, as ${person}\n    ${reproduction}`
