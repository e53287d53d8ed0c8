import { Command } from 'commander'
import {
  addressNames,
  configFolder,
  contextOf,
  kafkaSecurityShape,
  readContexts,
  securityInWords,
  withoutPassword,
} from '../../client/context.ts'
import { usage } from '../../failure.ts'
import type { About, Make } from '../../command.ts'
import { clean, facts } from '../../render/table.ts'

export const about: About = {
  summary: 'Show the addresses of a context',
  prints: {
    name: 'string',
    user: 'string',
    order: 'string',
    inventory: 'string',
    payment: 'string',
    shipping: 'string',
    kafkaBrokers: 'string',
    'kafkaSecurity?': kafkaSecurityShape,
    isKnown: 'boolean',
  },
  samples: [{ callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('show')
    .description('Show the addresses of a context; of the current one, when none is named')
    .argument('[name]')
    .addHelpText('after', '\nExamples:\n  $ mgmt context show\n  $ mgmt context show staging -o json')
    .action(async (name: string | undefined) => {
      const mgmt = await ready()
      const context =
        name === undefined
          ? mgmt.context
          : contextOf(process.env, name, readContexts(configFolder(process.env)), mgmt.options)
      if (name !== undefined && !context.isKnown) throw usage(`There is no context ${name}.`, 'see: mgmt context list')
      const security = securityInWords(context.kafkaSecurity)
      await mgmt.print(withoutPassword(context), (one, look) =>
        facts(
          [
            ['context', clean(one.name)],
            ...addressNames.map(
              address => [address === 'kafkaBrokers' ? 'Kafka' : `${address} service`, clean(one[address])] as const,
            ),
            ...(security === undefined ? [] : [['Kafka security', clean(security)] as const]),
          ],
          look,
        ),
      )
    })
