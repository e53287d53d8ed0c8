import { Command } from 'commander'
import { returnShape, type Return } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { renderReturn } from '../../render/return.ts'

export const about: About = {
  summary: 'Show a return',
  prints: returnShape,
  samples: [{ args: 'ORDER', callers: [4, 1, 1, 1, 1] }],
}

export const command: Make = ready =>
  new Command('show')
    .description('Show a return: what is in it, and what came')
    .argument('<return-id>')
    .addHelpText('after', '\nExample:\n  $ mgmt returns show 01981b2c-9a00-7c32-8e61-4d8f1a2b3c45')
    .action(async (id: string) => {
      const mgmt = await ready()
      await mgmt.print(await mgmt.api.get<Return>('shipping', `/returns/${encodeURIComponent(id)}`), renderReturn)
    })
