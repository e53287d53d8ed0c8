import { Command, Option } from 'commander'
import { handovers, type Handover } from '@docket/contract/terms.ts'
import { sendOnce } from '../../client/once.ts'
import { locationShape, type Location } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { usage } from '../../failure.ts'
import { parseDuration } from '../../input/durations.ts'
import { renderLocation } from '../../render/location.ts'

interface Options {
  handover?: Handover
  lateAfter?: number
}

export const about: About = {
  summary: 'Change how shipments leave a location',
  changesThings: true,
  prints: locationShape,
  samples: [{ args: 'main --late-after 24h', callers: 'operators' }],
}

export const command: Make = ready =>
  new Command('update')
    .description('Change how shipments leave a location; counts for orders that are accepted from now on')
    .argument('<name>', 'main, unless there are more')
    .addOption(
      new Option('--handover <how>', 'auto: shipments leave at once; manual: they wait for their dispatch').choices(
        handovers,
      ),
    )
    .option('--late-after <time>', 'after which an open shipment is late: 90m, 24h, 2d', parseDuration)
    .addHelpText('after', '\nExample:\n  $ mgmt locations update main --handover manual --late-after 24h')
    .action(async (name: string, { handover, lateAfter }: Options) => {
      if (handover === undefined && lateAfter === undefined)
        throw usage('There is nothing to change.', 'give --handover, --late-after, or both')
      const mgmt = await ready()
      const location = await sendOnce<Location>(mgmt, {
        service: 'shipping',
        method: 'PATCH',
        path: `/locations/${encodeURIComponent(name)}`,
        body: {
          ...(handover !== undefined && { handover }),
          ...(lateAfter !== undefined && { lateAfterSeconds: Math.ceil(lateAfter / 1_000) }),
        },
        unknown: 'whether the location was changed',
      })
      await mgmt.print(location, renderLocation)
    })
