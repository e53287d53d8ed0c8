import { Command } from 'commander'
import { changeContexts, configFolder } from '../../client/context.ts'
import { usage } from '../../failure.ts'
import type { About, Make } from '../../command.ts'

export const about: About = {
  summary: 'Set the default context',
  changesThings: true,
  prints: { current: 'string' },
  samples: [{ args: 'local', callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('use')
    .description('Make a context the default')
    .argument('<name>', 'a context that is set up, or "local" for the stack on this machine')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt context use staging\n  $ mgmt context use local\n\n--context and MGMT_CONTEXT go before it.',
    )
    .action(async (name: string) => {
      const mgmt = await ready()
      await changeContexts(configFolder(process.env), ({ current: _, ...rest }) => {
        const isSetUp = Object.hasOwn(rest.contexts, name)
        if (!isSetUp && name !== 'local')
          throw usage(`There is no context ${name}.`, 'see: mgmt context list; set one up with: mgmt context set NAME')
        return isSetUp ? { ...rest, current: name } : rest
      })
      mgmt.note(`${name} is used from now on`)
      if (mgmt.options.output !== 'table') await mgmt.print({ current: name }, () => '')
    })
