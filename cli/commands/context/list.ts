import { Command } from 'commander'
import { configFolder, readContexts } from '../../client/context.ts'
import type { About, Make } from '../../command.ts'
import { clean, table } from '../../render/table.ts'
import { sessionStore } from '../../client/session.ts'

export const about: About = {
  summary: 'List contexts',
  prints: [{ name: 'string', current: 'boolean', order: 'string|null', username: 'string|null' }],
  samples: [{ callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('list')
    .description('List the configured contexts, and who is logged in')
    .addHelpText('after', '\nExample:\n  $ mgmt context list -o json')
    .action(async () => {
      const mgmt = await ready()
      const folder = configFolder(process.env)
      const { contexts } = readContexts(folder)
      const names = new Set([...Object.keys(contexts), mgmt.context.name])
      const rows = [...names].sort().map(name => ({
        name,
        current: name === mgmt.context.name,
        order: name === mgmt.context.name ? mgmt.context.order : (contexts[name]?.order ?? null),
        username: sessionStore(folder, name).read()?.username ?? null,
      }))
      await mgmt.print(rows, (all, look) =>
        table(
          ['', 'NAME', 'ORDER SERVICE', 'LOGGED IN AS'],
          all.map(one => [
            one.current ? '*' : ' ',
            clean(one.name),
            clean(one.order ?? 'as on this machine'),
            clean(one.username ?? '–'),
          ]),
          look,
          [],
          [2, 1],
        ),
      )
    })
