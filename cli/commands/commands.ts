import { Command } from 'commander'
import type { About, Make } from '../command.ts'
import { table } from '../render/table.ts'
import { either } from '../shape.ts'

export const about: About = {
  summary: 'List every command with its flags, for programs',
  prints: [
    {
      command: 'string',
      summary: 'string',
      description: 'string',
      arguments: [
        {
          name: 'string',
          description: 'string',
          required: 'boolean',
          variadic: 'boolean',
          choices: either(['string'], 'null'),
        },
      ],
      options: [
        {
          flags: 'string',
          description: 'string',
          required: 'boolean',
          takesValue: 'boolean',
          repeatable: 'boolean',
          choices: either(['string'], 'null'),
          default: 'any',
        },
      ],
      more: 'string',
    },
  ],
  samples: [{ callers: 'everybody' }],
}

export const command: Make = (ready, all) =>
  new Command('commands')
    .description('List every command with its arguments and flags, for programs')
    .addHelpText(
      'after',
      '\nExample:\n  $ mgmt commands -o json | jq \'.[] | select(.command == "orders create") | .options[].flags\'',
    )
    .action(async () => {
      const mgmt = await ready()
      const { describedCommands } = await import('../command-tree.ts')
      await mgmt.print(await describedCommands(all), (all, look) =>
        table(
          ['COMMAND', 'WHAT IT DOES'],
          all.map(one => [one.command, one.summary]),
          look,
          [],
          [1],
        ),
      )
    })
