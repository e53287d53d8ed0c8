import { Command } from 'commander'
import { printList, withPaging, type ListOptions } from '../../bulk/listed.ts'
import { actFields, actShape, type Act } from '../../client/shapes.ts'
import { spanQuery, withSpan, type SpanOptions } from '../../input/span.ts'
import type { About, Make } from '../../command.ts'
import { renderActs } from '../../render/act.ts'

interface Options extends ListOptions, SpanOptions {
  by?: string
  act?: string
  on?: string
  order?: string
}

export const about: About = {
  summary: 'List who did what',
  prints: [actShape],
  samples: [{ callers: 'operators' }],
}

export const command: Make = ready =>
  withPaging(
    withSpan(
      new Command('list')
        .description('List what operators and observers did in all services, the newest first; for operators')
        .option('--by <username>', 'only what this user did')
        .option('--act <act>', 'only this: stock.adjusted, order.cancelled, refund.created, user.disabled, …')
        .option('--on <id>', 'only what was done to the thing with this id, sku or name')
        .option('--order <id>', 'only what concerns this order'),
      'done',
    ),
    50,
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt audit list --by ada --since 1d\n  $ mgmt audit list --on mug --act stock.adjusted\n  $ mgmt audit list --since 30d --all -o csv > audit.csv\n\nAn act appears here a moment after it was done. user-service keeps it for AUDIT_RETENTION, 400 days unless set.',
    )
    .action(async ({ by, act, on, order, limit, all, ...span }: Options) => {
      const mgmt = await ready()
      const listing = { noun: 'acts', service: 'user', path: '/audit', columns: actFields, render: renderActs } as const
      const query = { by, act, on, order, ...spanQuery(span, mgmt.options) }
      await printList<Act>(mgmt, { ...listing, query }, { limit, all })
    })
