/**
 * Writes docs/cli.md from the commands themselves, so that it cannot become outdated; with --check it only compares.
 * `npm run generate` runs it.
 */
import { entries } from '@docket/cli/generated/commands.ts'
import { groups } from '@docket/cli/groups.ts'
import { helpPages } from '@docket/cli/help-pages.ts'
import { describedCommands, type DescribedCommand } from '@docket/cli/command-tree.ts'
import { generated } from './generated-file.ts'

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

function section({ command, description, arguments: given, options, more }: DescribedCommand): string {
  const words = given.map(
    ({ name, required, variadic }) => `${required ? '<' : '['}${name}${variadic ? '...' : ''}${required ? '>' : ']'}`,
  )
  const rows = [
    ...given
      .filter(one => one.description || one.choices)
      .map(
        one =>
          `| \`${one.name}\` | ${cell([one.description, one.choices && `one of ${one.choices.join(', ')}`].filter(Boolean).join('; '))} |`,
      ),
    ...options.map(
      one =>
        `| \`${cell(one.flags).replaceAll('&lt;', '<')}\` | ${cell([one.description, one.required && 'must be given', one.choices && `one of ${one.choices.join(', ')}`].filter(Boolean).join('; '))} |`,
    ),
  ]
  return [
    `### mgmt ${command}`,
    '',
    `${description}.`,
    '',
    `    mgmt ${[command, ...words].join(' ')}${options.length > 0 ? ' [options]' : ''}`,
    '',
    ...(rows.length > 0 ? ['| | |', '| --- | --- |', ...rows, ''] : []),
    ...(more === '' ? [] : ['```text', more, '```', '']),
  ].join('\n')
}

const all = await describedCommands(entries)
const titleOf = (command: string) => groups[command.split(' ')[0] ?? '']?.summary ?? 'By itself'
const page = `<!-- Generated from the commands in cli/ by \`npm run generate\`. Do not edit. -->

# mgmt

The command line for operators and customers. Everywhere: \`-o table|json|jsonl|csv\`, \`--fields\`, \`--context\`, \`--no-input\`, \`--color\`, \`--quiet\`, \`--verbose\`, \`--timeout\`, \`--help\`.

${[...Map.groupBy(all, ({ command }) => titleOf(command))].map(([title, some]) => `## ${title}\n\n${some.map(section).join('\n')}`).join('\n')}
${Object.values(helpPages)
  .map(text => text.replace(/^(.+)\n\n/, '## $1\n\n```text\n'))
  .map(text => `${text}\`\`\`\n`)
  .join('\n')}`

await generated('docs/cli.md', page, 'the commands say')
