import { isDisturbed, othersLimit, type Others } from '../others.ts'
import type { ThisRun } from '../this-run.ts'

export interface GuardFigures {
  /** Milliseconds in all processes, at saturation. */
  stackMs: number
  /** Milliseconds as plain SQL, a hundred orders a transaction. */
  plainSqlMs: number
  /** The most that others used during one of the two. */
  others: Others
}

export interface Committed extends GuardFigures, ThisRun {
  ratio: number
}

export interface Verdict {
  line: string
  isFailure: boolean
  /** Whether the figures say something about the code, rather than about what else the machine did. */
  counts: boolean
}

/** To the committed ratio, at most: two runs of the same code differ by less. */
const tolerance = 1.15

export const ratioOf = ({ stackMs, plainSqlMs }: GuardFigures) => stackMs / plainSqlMs

/**
 * A run that others disturbed fails nothing and passes nothing: while services wait for a core their batches grow, so an
 * order costs less, and plain SQL, whose batches cannot grow, costs more.
 */
export function verdictOn(figures: GuardFigures, committed: Committed | undefined): Verdict {
  const ratio = ratioOf(figures)
  const measured = `CPU of an order: ${figures.stackMs.toFixed(2)} ms, as plain SQL ${figures.plainSqlMs.toFixed(3)} ms, ratio ${ratio.toFixed(2)}`
  if (!Number.isFinite(ratio) || figures.others === undefined)
    return { line: `${measured}: does not count, as this system does not say who used the CPU`, ...noVerdict }
  if (isDisturbed(figures.others))
    return {
      line: `${measured}: does not count, as others used ${figures.others.toFixed(2)} of a core, more than ${othersLimit}`,
      ...noVerdict,
    }
  if (!committed)
    return { line: `${measured}: no ratio is committed yet; --write writes this one`, isFailure: true, counts: true }
  const most = tolerance * committed.ratio
  const isFailure = ratio > most
  const bound = `${most.toFixed(2)}, ${tolerance} times the ${committed.ratio.toFixed(2)} of ${committed.at.slice(0, 10)} (${committed.machine})`
  return { line: `${measured}: ${isFailure ? 'more than' : 'at most'} ${bound}`, isFailure, counts: true }
}

const noVerdict = { isFailure: false, counts: false }
