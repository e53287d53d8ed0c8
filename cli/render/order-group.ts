import { formatDuration } from '../input/durations.ts'
import type { Look } from './look.ts'
import type { Group, Step } from '../events/order-groups.ts'
import { padded, short } from './width.ts'
import { essentials, fitted } from './event.ts'
import { clean } from './table.ts'
import { clock } from './times.ts'

export function renderGroup(group: Group, look: Look): string {
  const goesOn = group.steps[0] && group.steps[0].step > 1 ? ' (goes on)' : ''
  return [
    look.colour.bold(`order ${clean(group.order)}${goesOn}`),
    ...group.steps.map(step => renderGroupStep(step, look)),
    ...endingOf(group, look),
    '',
  ].join('\n')
}

function renderGroupStep(step: Step, look: Look): string {
  const since = step.sinceMs === null ? '' : `+${formatDuration(step.sinceMs)}`
  return fitted(
    [
      String(step.step).padStart(4),
      clock(step.time, look),
      since.padStart(9),
      padded(short(clean(step.type ?? '(no type)'), 18), 18),
    ],
    clean(essentials(step)),
    look,
  )
}

function endingOf({ steps, ending, waitsFor }: Group, { colour }: Look): string[] {
  const [first, last] = [steps[0], steps.find(step => step.ending)]
  const waiting = waitsFor ? `waits for ${waitsFor.step}, by ${waitsFor.service}` : undefined
  if (!ending) return [colour.dim(`     … ${waiting ?? 'no ending yet'}`)]
  const after =
    first && last && first.step === 1
      ? ` after ${formatDuration(Math.max(0, Date.parse(last.time) - Date.parse(first.time)))}`
      : ''
  return [
    `     = ${ending === 'completed' ? colour.green(ending) : colour.yellow(ending)}${after}`,
    ...(waiting === undefined ? [] : [colour.dim(`     … ${waiting}`)]),
  ]
}

/**
 * Orders under way, as they grow: whole while they fit these rows, else a line each, those that moved last at the bottom.
 */
export function renderGrowing(groups: readonly Group[], look: Look, rows: number): string {
  const whole = groups.flatMap(group => renderGroup(group, look).split('\n')).slice(0, -1)
  if (whole.length <= rows) return whole.join('\n')
  const moved = groups.toSorted((a, b) => a.touched - b.touched)
  const shown = moved.slice(-Math.max(1, rows - 1))
  const hidden = moved.length - shown.length
  return [
    ...(hidden > 0 ? [look.colour.dim(`… and ${hidden} more orders under way`)] : []),
    ...shown.map(group => renderGrowingLine(group, look)),
  ].join('\n')
}

function renderGrowingLine({ order, steps, waitsFor, ending, touched }: Group, look: Look): string {
  const last = steps.at(-1)
  const since = formatDuration(Math.max(0, look.now.getTime() - touched))
  return fitted(
    [
      clean(order),
      String(last?.step ?? '').padStart(3),
      padded(short(clean(last?.type ?? '(no type)'), 18), 18),
      since.padStart(7),
    ],
    ending ?? (waitsFor ? `waits for ${waitsFor.step}, by ${waitsFor.service}` : ''),
    look,
  )
}
