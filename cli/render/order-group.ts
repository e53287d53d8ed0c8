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

function endingOf({ steps, ending }: Group, { colour }: Look): string[] {
  const [first, last] = [steps[0], steps.find(step => step.ending)]
  if (!ending) return [colour.dim('     … no ending yet')]
  const after =
    first && last && first.step === 1
      ? ` after ${formatDuration(Math.max(0, Date.parse(last.time) - Date.parse(first.time)))}`
      : ''
  return [`     = ${ending === 'completed' ? colour.green(ending) : colour.yellow(ending)}${after}`]
}
