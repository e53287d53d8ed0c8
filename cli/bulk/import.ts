import { beforeEnding } from '../cleanup.ts'
import type { Body } from '../client/generated/requests.ts'
import type { Mgmt } from '../mgmt.ts'
import { counted, countOf, goOn, interrupted, progressOf, report, retryNotes, truthOf, type Counts } from './account.ts'
import { checkAll, expectMeant, goesByNumber, readyRows, type Ready } from './check.ts'
import type { Known } from './identity.ts'
import type { Importer } from './importer.ts'
import type { ImportOptions } from './options.ts'
import { inParallel } from './pool.ts'
import { readPast, resultsWriter, type Done, type ResultsWriter, type RowResult } from './results.ts'
import { aOrAn } from './rows.ts'
import { sendRow } from './send-row.ts'
import type { Problem } from './shapes.ts'
import { sourceOf, type Source } from './source.ts'

/**
 * All rows are checked before the first one is sent. A row that was imported before is not sent again, wherever it is
 * in the file now.
 */
export async function importFile<Sent extends Body>(
  mgmt: Mgmt,
  given: string,
  options: ImportOptions,
  importer: Importer<Sent>,
): Promise<void> {
  const { noun } = importer.columns
  const source = await sourceOf(mgmt, given, options)
  const past = await readPast(source.resultsFile, source.importId)
  const checked = await checkAll(source, importer, past, options.unique === true)
  const byNumber = goesByNumber(source, past)
  expectMeant(source, past, checked, options, mgmt)
  const isIn = ({ row, known }: Ready & { known: Known }) =>
    byNumber ? past.numbered.get(row) : past.done.get(known.name)
  const gone = byNumber ? [] : checked.gone
  noteAlike(mgmt, checked.alike, noun)
  if (options.dryRun)
    return mgmt.note(`${countOf(checked.rows, noun)} ${checked.rows === 1 ? 'is' : 'are'} right. Nothing was sent.`)
  const results = resultsWriter(source.resultsFile, {
    import: source.importId,
    rows: checked.rows,
    ...(byNumber && { numbered: true as const }),
  })
  const onRetry = retryNotes(mgmt)
  const { counts, tell, truth, end } = accountOf(mgmt, importer, source, results, checked.rows)
  try {
    await inParallel(readyRows(source, importer), options.concurrency, async ready => {
      mgmt.signal.throwIfAborted()
      if ('problems' in ready) return tell(changedMeanwhile(ready, source.importId))
      const { row, known, body } = ready
      const key = `${source.importId}:${byNumber ? row : known.name}`
      const done = isIn(ready)
      const more = {
        ...(byNumber && { name: known.name }),
        ...(known.name.startsWith('id-') && { content: known.content }),
      }
      if (done) {
        // recorded by its content from now on, so that the file may be edited
        if (byNumber && !past.done.has(known.name)) results.write({ ...done, row, state: 'done', name: known.name })
        return tell(skipped(row, done, known, key))
      }
      const sending = { row, body, key, refused: past.refusedKeys, onRetry }
      await tell(await counted(counts, () => sendRow(mgmt, importer, sending)), more)
    })
    for (const one of gone)
      await tell({ row: one.row, state: 'gone', ...(one.id !== undefined && { id: one.id }), key: one.key })
  } catch (error) {
    throw interrupted(error, truth(), source)
  } finally {
    end()
  }
  report(mgmt, source, counts, gone, noun)
}

function noteAlike(mgmt: Mgmt, alike: number, noun: string): void {
  if (alike > 0)
    mgmt.note(
      alike === 1
        ? `1 row is the same as one before, and counts as ${aOrAn(noun)} of its own: --unique refuses it`
        : `${countOf(alike, 'row')} are the same as one before, and count as ${noun}s of their own: --unique refuses them`,
    )
}

function accountOf<Sent extends Body>(
  mgmt: Mgmt,
  importer: Importer<Sent>,
  source: Source,
  results: ResultsWriter,
  rows: number,
) {
  const counts: Counts = { done: 0, failed: 0, skipped: 0, open: 0 }
  const progress = progressOf(mgmt, rows)
  const truth = () => truthOf(counts, rows, importer.columns.noun)
  const unregister = beforeEnding(() => {
    progress.end()
    mgmt.tell(`${truth()} ${goOn(source)}`)
    results.close()
  })
  mgmt.openLines(['row', 'state', 'id', 'code', 'message', 'key'])
  return {
    counts,
    truth,
    async tell(result: RowResult, more: { name?: string; content?: string } = {}): Promise<void> {
      if (result.state !== 'gone') counts[result.state]++
      progress.tick(counts)
      if (result.state === 'done' || result.state === 'failed') results.write({ ...result, ...more })
      if (mgmt.options.output !== 'table' || result.state === 'failed' || result.message !== undefined)
        await mgmt.printLine(result, importer.render)
    },
    end(): void {
      unregister()
      progress.end()
      results.close()
    },
  }
}

function changedMeanwhile({ row, problems }: Ready & { problems: Problem[] }, importId: string): RowResult {
  const message = problems.map(one => `${one.path} ${one.message}`.trim()).join('; ')
  return { row, state: 'failed', key: `${importId}:${row}`, code: 'invalid_row', message }
}

function skipped(row: number, done: Done, { content }: Known, key: string): RowResult {
  const isOther = done.content !== undefined && done.content !== content
  return {
    row,
    state: 'skipped',
    ...(done.id !== undefined && { id: done.id }),
    ...(isOther && { message: 'is in with other values, and left as it is' }),
    key,
  }
}
