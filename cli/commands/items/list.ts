import { Command } from 'commander'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import type { About, Make } from '../../command.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { renderItems } from '../../render/item.ts'
import { itemFields, itemShape, type Item } from '../../client/shapes.ts'

export const about: About = {
  summary: 'List or search items',
  prints: [itemShape],
  samples: [{ callers: 'users' }],
}

export const command: Make = ready =>
  withPaging(
    new Command('list')
      .description('List or search items, by sku')
      .option('--search <text>', 'part of the sku or the name')
      .option('--below <n>', 'fewer available pieces than this', wholeNumber('--below', 0, 1_000_000_000)),
    200,
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt items list\n  $ mgmt items list --below 10 -o json\n  $ mgmt items list --all -o csv > items.csv',
    )
    .action(async ({ search, below, ...options }: ListOptions & { search?: string; below?: number }) => {
      const mgmt = await ready()
      const query = { search, below: below?.toString() }
      const listing = { noun: 'items', service: 'inventory', path: '/items', columns: itemFields } as const
      await printList<Item>(mgmt, { ...listing, query, render: renderItems }, options)
    })
