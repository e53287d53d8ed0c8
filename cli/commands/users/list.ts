import { Command } from 'commander'
import type { Make } from '../../mgmt.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { renderUsers } from '../../render/item.ts'
import type { Account } from '../../client/shapes.ts'

export const list: Make = ready =>
  new Command('list')
    .description('List users, by name; for operators')
    .option('--search <text>', 'part of the name')
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 100_000), 200)
    .addHelpText('after', '\nExample:\n  $ mgmt users list --search ada')
    .action(async ({ search, limit }: { search?: string; limit: number }) => {
      const mgmt = await ready()
      await mgmt.print(await mgmt.api.list<Account>('user', '/users', { search }, limit), renderUsers)
    })
