import type { Model } from './model.ts'
import { StateSet } from './state-set.ts'
import { World } from './world.ts'

export interface Found {
  states: number
  steps: number
  /** How it can end, and in how many states. */
  endings: Map<string, number>
  seconds: number
  /** There are more states than were allowed: those beyond were not visited. */
  isTooLarge: boolean
  /** The first bad state, and the shortest way there. */
  wrong?: { what: string[]; trace: string[] }
}

/** Visits every state, breadth first, so that the way to a bad one is a shortest one. */
export function explore<States extends object>(model: Model<States>, mostStates = Infinity): Found {
  const began = performance.now()
  const world = new World(model)
  const seen = new StateSet(world.width)
  const endings = new Map<string, number>()
  let steps = 0
  const found = (more: Partial<Found>): Found => ({
    states: seen.size,
    steps,
    endings,
    seconds: (performance.now() - began) / 1_000,
    isTooLarge: false,
    ...more,
  })
  const row = world.start()
  seen.add(row, -1)

  for (let index = 0; index < seen.size; index++) {
    if (seen.size > mostStates) return found({ isTooLarge: true })
    seen.read(index, row)
    let isEnd = true
    let wrong: Found['wrong']
    world.visit(row, (next, what, wrongStep) => {
      if (wrong) return
      steps++
      if (isEnd && !isSame(next, row)) isEnd = false
      const isNew = seen.add(next, index)
      const problems = wrongStep ? [wrongStep] : isNew ? world.problems(next) : []
      if (problems.length > 0) wrong = { what: [...new Set(problems)], trace: [...traceTo(index, world, seen), what] }
    })
    if (isEnd && !wrong) {
      const problems = world.problemsAtEnd(row)
      if (problems.length > 0) wrong = { what: problems, trace: traceTo(index, world, seen) }
      const ending = model.ending(world.statesOf(row))
      endings.set(ending, (endings.get(ending) ?? 0) + 1)
    }
    if (wrong) return found({ wrong })
  }
  return found({})
}

/** The steps to a state, in words. They are not kept: each is looked for again among those that lead on. */
function traceTo<States extends object>(index: number, world: World<States>, seen: StateSet): string[] {
  const trace: string[] = []
  const [row, from] = [new Int32Array(world.width), new Int32Array(world.width)]
  for (let at = index; seen.reachedFrom(at) >= 0; at = seen.reachedFrom(at)) {
    seen.read(at, row)
    seen.read(seen.reachedFrom(at), from)
    let step: string | undefined
    world.visit(from, (next, what) => {
      if (step === undefined && isSame(next, row)) step = what
    })
    trace.unshift(step ?? '?')
  }
  return trace
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
