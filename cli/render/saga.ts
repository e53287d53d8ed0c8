import { formatDuration } from '../input/durations.ts'
import type { Look } from './look.ts'
import type { Saga, SagaStep } from '../orders/saga.ts'
import { fitted } from './event.ts'
import { status } from './order.ts'
import { renderActs } from './act.ts'
import { clean, wrapped } from './table.ts'
import { clock } from './times.ts'

const marks: Record<SagaStep['state'], string> = {
  done: '●',
  running: '◌',
  waiting: '○',
  failed: '✗',
  undone: '↺',
  'not needed': '–',
}

/** A word besides each mark, because colours and signs alone are not readable everywhere. */
export function renderSaga(saga: Saga, look: Look): string {
  const took = saga.tookMs === undefined ? '' : ` after ${formatDuration(saga.tookMs)}`
  return [
    `order ${clean(saga.order)}  ${status(saga, look)}${took}`,
    '',
    ...saga.steps.flatMap(step => linesOf(step, look)),
    '',
    ...wrapped(clean(`${saga.inWords.replace(/^./, letter => letter.toUpperCase())}.`), look.width),
    ...(saga.ahead.length > 0 && saga.fromTopics
      ? wrapped(`The order service has not consumed yet: ${saga.ahead.map(clean).join(', ')}.`, look.width)
      : []),
    ...(saga.fromTopics ? [] : ['The topics could not be read: this is what the order service knows.']),
    ...(saga.acts && saga.acts.length > 0 ? ['', 'Who did what:', renderActs(saga.acts, look)] : []),
  ].join('\n')
}

function linesOf(step: SagaStep, look: Look): string[] {
  const { colour } = look
  const paint = {
    done: colour.green,
    running: colour.cyan,
    waiting: colour.dim,
    failed: colour.red,
    undone: colour.yellow,
    'not needed': colour.dim,
  }[step.state]
  const left = [
    paint(`${marks[step.state]} ${step.state.padEnd(10)}`),
    step.at === undefined ? ' '.repeat(clock(look.now.toISOString(), look).length) : clock(step.at, look),
    (step.tookMs === undefined ? '' : `+${formatDuration(step.tookMs)}`).padStart(8),
    ` ${step.step.padEnd(15)}`,
    step.service.padEnd(17),
  ]
  const undone =
    step.undoneAt === undefined
      ? []
      : [
          fitted(
            [
              '            ',
              clock(step.undoneAt, look),
              ' '.repeat(8),
              ` ${colour.yellow(`undone: ${clean(step.undoneBy ?? '')}`)}`,
            ],
            '',
            look,
          ),
        ]
  return [fitted(left, clean(step.detail ?? ''), look), ...undone]
}
