import { causeOf } from '../system/diagnosis.ts'
import type { Vitals } from '../system/system-state.ts'
import type { Cause, Order } from '../client/shapes.ts'
import type { OrderSteps } from '../client/generated/answers.ts'
import type { StepNow } from './state.ts'

/** Below this, an order that waits is one that is being worked on. */
const patienceMs = 10_000

interface Evidence {
  vitals: Vitals | undefined
  stuck: readonly Order[]
}

/** Pure. Which steps stand still, and why: as its stuck orders say, or what keeps its service from working. */
export const withTroubles = ({ steps, at }: Pick<OrderSteps, 'steps' | 'at'>, evidence: Evidence): StepNow[] =>
  steps.map(step => {
    const trouble = troubleOf(step, evidence, Date.parse(at))
    return trouble ? { ...step, trouble } : step
  })

function troubleOf(step: OrderSteps['steps'][number], { vitals, stuck }: Evidence, at: number): Cause | undefined {
  if (step.orders === 0 || step.name === 'handover') return undefined // people have their time
  const causes = stuck.flatMap(({ waitsFor, cause }) => (cause && waitsFor?.step === step.step ? [cause] : []))
  const known = causes.find(({ kind }) => kind !== 'unknown')
  if (known) return known
  const isWaiting = step.oldestSince !== undefined && at - Date.parse(step.oldestSince) > patienceMs
  if (!vitals || !isWaiting) return causes[0]
  const cause = causeOf({ id: '', waitsFor: step }, { ...vitals, payments: new Map(), deleted: new Set() })
  return cause?.kind === 'unknown' ? causes[0] : cause
}
