import type { ShownLetter } from '../events/dead-letter-list.ts'
import { formatDuration } from '../input/durations.ts'
import type { Look } from './look.ts'
import type { ShownEvent } from '../events/shown-event.ts'
import { clean, facts, table } from './table.ts'
import { moment } from './times.ts'

const ago = (time: string, { now }: Look) => `${formatDuration(Math.max(0, now.getTime() - Date.parse(time)))} ago`

export function renderLetters(letters: readonly ShownLetter[], look: Look): string {
  if (letters.length === 0) return 'no dead letters'
  const rows = letters.map(letter => [
    clean(letter.id),
    letter.state === 'waiting' ? look.colour.yellow('waiting') : letter.state,
    ago(letter.time, look),
    clean(letter.type ?? '(no type)'),
    clean(letter.key ?? '(no key)'),
    clean(letter.group),
    clean(`${letter.reason}: ${letter.error}`),
  ])
  return table(['ID', 'STATE', 'AGE', 'TYPE', 'KEY', 'BY', 'WHY'], rows, look, [], [6, 4, 5, 3])
}

function stateOf({ redrivenAt, dismissedAt }: ShownLetter, look: Look): string {
  const words = [
    redrivenAt !== null && `sent again ${ago(redrivenAt, look)}`,
    dismissedAt !== null && `dismissed ${ago(dismissedAt, look)}`,
  ]
  return words.filter(Boolean).join(', ') || 'waiting'
}

export function renderLetter({ letter, event }: { letter: ShownLetter; event: ShownEvent }, look: Look): string {
  return [
    facts(
      [
        ['dead letter', letter.id],
        ['state', stateOf(letter, look)],
        ['dead-lettered', `${moment(letter.time, look)}, by ${letter.group}`],
        ['reason', letter.reason.replaceAll('_', ' ')],
        ['error', clean(letter.error)],
        ['came from', `${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`],
        ['type', clean(letter.type ?? '(no type)')],
        ['key', clean(letter.key ?? '(no key)')],
        ['value', letter.byReference ? 'too large for the dead-letter topic: it lies where it came from' : undefined],
        ['contract', letter.breaksContract === null ? 'kept' : `broken: ${clean(letter.breaksContract)}`],
      ],
      look,
    ),
    '',
    ...Object.entries(event.headers)
      .filter(([name]) => !name.startsWith('dlq_'))
      .map(([name, value]) => `${look.colour.dim(clean(name))} ${clean(value)}`),
    '',
    typeof event.data === 'string'
      ? clean(event.data)
      : JSON.stringify(event.data, undefined, 2).split('\n').map(clean).join('\n'),
  ].join('\n')
}
