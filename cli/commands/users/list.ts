import { Command } from 'commander'
import { printList, type ListOptions } from '../../bulk/listed.ts'
import type { Make } from '../../mgmt.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { renderUsers } from '../../render/item.ts'
import { accountFields, type Account } from '../../client/shapes.ts'

export const list: Make = ready =>
  new Command('list')
    .description('List users, by name; for operators')
    .option('--search <text>', 'part of the name')
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 100_000), 200)
    .option('--all', 'every page, whatever --limit says')
    .addHelpText('after', '\nExample:\n  $ mgmt users list --search ada')
    .action(async ({ search, ...options }: ListOptions & { search?: string }) => {
      const mgmt = await ready()
      const listing = { noun: 'users', service: 'user', path: '/users', columns: accountFields } as const
      await printList<Account>(mgmt, { ...listing, query: { search }, render: renderUsers }, options)
    })
