import { Command } from 'commander'
import { exit } from '../failure.ts'
import { isWell, statusOf } from '../health.ts'
import type { Make } from '../mgmt.ts'
import { renderStatus } from '../render/status.ts'

export const status: Make = ready => new Command('status')
  .description('Show every service, its database, Kafka, and what waits in queues, on one screen')
  .addHelpText('after', '\nExample:\n  $ mgmt status -o json\n\nExit status: 0 all is well, 5 something is away.')
  .action(async () => {
    const mgmt = await ready()
    const found = await statusOf(mgmt)
    await mgmt.print(found, renderStatus)
    if (!isWell(found)) mgmt.exitWith(exit.unreachable)
  })
