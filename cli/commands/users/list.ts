import { Command } from 'commander'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import type { About, Make } from '../../command.ts'
import { renderUsers } from '../../render/item.ts'
import { accountFields, type Account } from '../../client/shapes.ts'

export const about: About = {
  summary: 'List users',
  prints: [{ id: 'string', username: 'string', role: 'string', 'disabled?': 'boolean' }],
  samples: [{ callers: 'operators' }],
}

export const command: Make = ready =>
  withPaging(
    new Command('list').description('List users, by name; for operators').option('--search <text>', 'part of the name'),
    200,
  )
    .addHelpText('after', '\nExample:\n  $ mgmt users list --search ada')
    .action(async ({ search, ...options }: ListOptions & { search?: string }) => {
      const mgmt = await ready()
      const listing = { noun: 'users', service: 'user', path: '/users', columns: accountFields } as const
      await printList<Account>(mgmt, { ...listing, query: { search }, render: renderUsers }, options)
    })
