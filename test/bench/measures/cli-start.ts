import { spawnSync } from 'node:child_process'
import { root } from '@docket/addresses/addresses.ts'
import { figure, type Figure } from '../statistics.ts'

export interface CliStart {
  node: Figure
  version: Figure
  help: Figure
}

const runs = 20

export function cliStart(): CliStart {
  const times = { node: [] as number[], version: [] as number[], help: [] as number[] }
  const commands = {
    node: [process.execPath, '-e', '0'],
    version: [`${root}bin/mgmt`, '--version'],
    help: [`${root}bin/mgmt`, '--help'],
  } as const
  for (let run = 0; run < runs; run++) {
    for (const name of ['node', 'version', 'help'] as const) {
      const [command, ...args] = commands[name]
      const fromMs = performance.now()
      const { status } = spawnSync(command, args, { stdio: 'ignore' })
      if (status !== 0) throw new Error(`${commands[name].join(' ')} ended with ${status}`)
      times[name].push(performance.now() - fromMs)
    }
  }
  return { node: figure(times.node), version: figure(times.version), help: figure(times.help) }
}
