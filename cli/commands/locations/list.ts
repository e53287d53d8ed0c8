import { Command } from 'commander'
import { locationFields, locationShape, type Location } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { renderLocations } from '../../render/location.ts'

export const about: About = {
  summary: 'List the locations that goods leave from',
  prints: [locationShape],
  samples: [{ callers: 'observers' }],
}

export const command: Make = ready =>
  new Command('list')
    .description('List the locations that goods leave from, and how')
    .addHelpText('after', '\nExample:\n  $ mgmt locations list')
    .action(async () => {
      const mgmt = await ready()
      const { items } = await mgmt.api.get<{ items: Location[] }>('shipping', '/locations')
      await mgmt.print(items, renderLocations, locationFields)
    })
