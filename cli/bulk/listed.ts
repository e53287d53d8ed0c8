import type { Command } from 'commander'
import { wholeNumber } from '../input/numbers.ts'
import type { ServiceKey } from '../client/api.ts'
import type { Mgmt } from '../mgmt.ts'
import type { Look } from '../render/look.ts'

/** A list of a service, and how it is shown. */
export interface Listing<T> {
  /** Of what it is: orders, items. */
  noun: string
  service: ServiceKey
  path: string
  query: Record<string, string | undefined>
  columns: readonly string[]
  render(list: readonly T[], look: Look): string
}

export interface ListOptions {
  limit: number
  /** Every page there is. */
  all?: boolean | undefined
}

/** --limit and --all. */
export const withPaging = (command: Command, usual: number) =>
  command
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 100_000), usual)
    .option('--all', 'all pages; overrides --limit')

const everyMs = 200
const noteEveryMs = 5_000 // where there is no terminal

/** Prints a list: as much as is asked for, or all of it, page by page as it comes, so that it may be of any length. */
export async function printList<T>(mgmt: Mgmt, listing: Listing<T>, { limit, all }: ListOptions): Promise<void> {
  const { noun, service, path, query, columns, render } = listing
  if (!all) return mgmt.print(await mgmt.api.list<T>(service, path, query, limit), render, columns)
  const kept: T[] = [] // a table is as wide as its longest row
  let [count, told] = [0, Date.now()]
  if (mgmt.options.output !== 'table') mgmt.openLines(columns)
  for await (const page of mgmt.api.pages<T>(service, path, query)) {
    count += page.length
    if (mgmt.options.output === 'table') kept.push(...page)
    else await mgmt.printLines(page, (one, look) => render([one], look))
    if (Date.now() - told < (mgmt.hasProgress ? everyMs : noteEveryMs)) continue
    told = Date.now()
    const text = `${count.toLocaleString('en')} ${noun} so far`
    if (mgmt.hasProgress) mgmt.progress(text)
    else mgmt.note(text)
  }
  mgmt.progress(undefined)
  if (mgmt.options.output === 'table') await mgmt.print(kept, render)
  mgmt.note(`${count.toLocaleString('en')} ${noun}`)
}
