import { asFailure, asSentence, exit, Failure, withTruth } from '../failure.ts'
import { formatDuration } from '../input/durations.ts'
import type { Mgmt } from '../mgmt.ts'
import type { Done, RowResult } from './results.ts'
import type { Source } from './source.ts'

// What an import reports while it runs, when it is interrupted and at its end stands here, so that the figures agree.

const shownRows = 20

export interface Counts {
  done: number
  failed: number
  skipped: number
  open: number
}

/** Counts a row as open while its outcome is unknown, so that an interrupted import can report it. */
export async function counted(counts: Counts, send: () => Promise<RowResult>): Promise<RowResult> {
  counts.open++
  try {
    const result = await send()
    counts.open--
    return result
  } catch (error) {
    if (error instanceof Failure && error.status === exit.notAllowed) counts.open--
    throw error
  }
}

export const countOf = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

export function truthOf({ done, failed, skipped, open }: Counts, rows: number, noun: string): string {
  const left = rows - done - failed - skipped - open
  return [
    `${done} ${noun}s are in, ${skipped} were in before, ${failed} failed;`,
    ...(open > 0 ? [`of ${open} that were under way it is not known;`] : []),
    `${left} were not sent.`,
  ].join(' ')
}

export const goOn = ({ given, resultsFile }: Source) =>
  [
    `Repeat the command${given === '-' ? ' with the same input' : ''}: it goes on where it was, and creates nothing twice`,
    ...(resultsFile === undefined ? [' (within a day, as no results are kept: --results FILE)'] : []),
    '.',
  ].join('')

export function report(mgmt: Mgmt, source: Source, counts: Counts, gone: readonly Done[], noun: string): void {
  const id = source.importId
  mgmt.note(
    `${counts.done} ${noun}s are in, ${counts.skipped} were in before, ${counts.failed} failed; import id ${id}`,
  )
  if (gone.length > 0) {
    const named = gone
      .slice(0, shownRows)
      .map(({ row, id: created }) => `row ${row}${created === undefined ? '' : ` (${created})`}`)
    const rows = countOf(gone.length, 'row')
    const [was, is] = gone.length === 1 ? ['was', 'is'] : ['were', 'are']
    mgmt.note(`  ${rows} that ${was} imported before ${is} no longer in the file, and left alone:`)
    mgmt.note(`  ${named.join(', ')}${gone.length > named.length ? ', …' : ''}`)
  }
  if (counts.failed === 0) return
  mgmt.note('  repeat the same command to try the failed ones again; when you mend them in the file, add')
  mgmt.note(`  --import-id ${id}: rows that are in are known by what they say, and not sent twice`)
  mgmt.exitWith(exit.failed)
}

export function interrupted(error: unknown, truth: string, source: Source): Failure {
  const failure = asFailure(error)
  const { status, code, next: given } = failure
  const next = status === exit.notAllowed || code === 'results_lost' || code === 'unexpected' ? given : undefined
  const then = goOn(source).replace(/\.$/, '').replace(/^R/, 'r')
  return withTruth(failure, truth, next === undefined ? then : `${next}; then: ${then}`)
}

const everyMs = 200
const lineEveryMs = 5_000 // where there is no terminal

/** Says from time to time why rows are being resent, because an import may take a while then. */
export function retryNotes(mgmt: Mgmt): (failure: Failure) => void {
  let told = -Infinity
  return failure => {
    if (Date.now() - told < lineEveryMs) return
    told = Date.now()
    mgmt.note(`${asSentence(failure.message)} Trying again.`)
  }
}

/** A terminal shows one line that is redrawn; a pipe or a file gets a line from time to time. */
export function progressOf(mgmt: Mgmt, rows: number) {
  const began = Date.now()
  let told = Date.now()
  return {
    tick({ done, failed, skipped }: Counts): void {
      const now = Date.now()
      if (now - told < (mgmt.hasProgress ? everyMs : lineEveryMs)) return
      told = now
      const sent = done + failed
      const perSecond = (sent / (now - began)) * 1_000
      const text = [
        `${(sent + skipped).toLocaleString('en')} of ${rows.toLocaleString('en')} rows`,
        `${Math.round(perSecond)} a second`,
        ...(perSecond > 0 ? [`${formatDuration(((rows - sent - skipped) / perSecond) * 1_000)} left`] : []),
        ...(failed > 0 ? [`${failed} failed`] : []),
      ].join(', ')
      if (mgmt.hasProgress) mgmt.progress(text)
      else mgmt.note(text)
    },
    end: () => mgmt.progress(undefined),
  }
}
