import type { StepName } from '@docket/contract/steps.ts'
import { stepNames } from '@docket/contract/steps.ts'
import type * as answers from '../client/generated/answers.ts'
import type { Cause, WholeOrder } from '../client/shapes.ts'

export type OrderUnderWay = answers.OrderSteps['orders'][number] & { cause?: Cause }

/** What `mgmt orders top` shows. */
export interface Top extends Omit<answers.OrderSteps, 'orders'> {
  orders: OrderUnderWay[]
}

export const sorts = ['waiting', 'step', 'total', 'created'] as const
export type Sort = (typeof sorts)[number]

/** What its user chose to see. */
export interface View {
  sort: Sort
  /** Undefined: orders at all steps. */
  step: StepName | undefined
  stuckOnly: boolean
  /** In the list as it is shown, from 0. */
  selected: number
  isHelp: boolean
  /** The order that is opened. */
  open: { id: string; order?: WholeOrder } | undefined
}

export const firstView = (chosen: Partial<Pick<View, 'sort' | 'step' | 'stuckOnly'>> = {}): View => ({
  sort: 'waiting',
  step: undefined,
  stuckOnly: false,
  selected: 0,
  isHelp: false,
  open: undefined,
  ...chosen,
})

const orderings: Record<Sort, (a: OrderUnderWay, b: OrderUnderWay) => number> = {
  waiting: (a, b) => Date.parse(a.waitsFor.since) - Date.parse(b.waitsFor.since),
  step: (a, b) => stepNames.indexOf(a.waitsFor.name) - stepNames.indexOf(b.waitsFor.name),
  total: (a, b) => b.total - a.total,
  created: (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt),
}

export const ordersIn = ({ orders }: Pick<Top, 'orders'>, { sort, step, stuckOnly }: View): OrderUnderWay[] =>
  orders
    .filter(order => (step === undefined || order.waitsFor.name === step) && (!stuckOnly || order.stuck))
    .sort((a, b) => orderings[sort](a, b) || orderings.waiting(a, b))

const after = <T>(list: readonly T[], one: T, by = 1): T =>
  list[(list.indexOf(one) + by + list.length) % list.length] as T

const up = '\u001b[A'
const down = '\u001b[B'
const right = '\u001b[C'
const left = '\u001b[D'
const escape = '\u001b'

/** The view after a key, or `quit`. A key that means nothing changes nothing. */
export function keyed(view: View, key: string, top: Pick<Top, 'orders'>): View | 'quit' {
  if (key === 'q' || key === '\u0003') return 'quit'
  if (view.open || view.isHelp)
    return [escape, left, '\r', 'h', '?', '\u007f'].includes(key) ? { ...view, open: undefined, isHelp: false } : view
  const shown = ordersIn(top, view)
  const select = (at: number) => ({ ...view, selected: Math.max(0, Math.min(shown.length - 1, at)) })
  const stepBy = (by: number) => ({ ...view, step: after([undefined, ...stepNames], view.step, by), selected: 0 })
  switch (key) {
    case up:
    case 'k':
      return select(view.selected - 1)
    case down:
    case 'j':
      return select(view.selected + 1)
    case right:
    case 'f':
      return stepBy(1)
    case left:
    case 'F':
      return stepBy(-1)
    case 's':
      return { ...view, sort: after(sorts, view.sort), selected: 0 }
    case 'x':
      return { ...view, stuckOnly: !view.stuckOnly, selected: 0 }
    case 'h':
    case '?':
      return { ...view, isHelp: true }
    case '\r': {
      const order = shown[view.selected]
      return order ? { ...view, open: { id: order.id } } : view
    }
    default:
      return view
  }
}
