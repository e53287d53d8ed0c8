import { Command } from 'commander'
import type { Entry } from '../command-tree.ts'
import type { Make } from '../mgmt.ts'
import { table } from '../render/table.ts'

export const commands =
  (entries: readonly Entry[]): Make =>
  ready =>
    new Command('commands')
      .description('List every command with its arguments and flags, for programs')
      .addHelpText(
        'after',
        '\nExample:\n  $ mgmt commands -o json | jq \'.[] | select(.command == "orders create") | .options[].flags\'',
      )
      .action(async () => {
        const mgmt = await ready()
        const { describedCommands } = await import('../command-tree.ts')
        await mgmt.print(await describedCommands(entries), (all, look) =>
          table(
            ['COMMAND', 'WHAT IT DOES'],
            all.map(one => [one.command, one.summary]),
            look,
            [],
            [1],
          ),
        )
      })
