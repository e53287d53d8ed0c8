import { join } from 'node:path'
import { opsPortDistance, root, serviceNames, type Addresses, type ServiceName } from '@docket/addresses/addresses.ts'
import { commandOf, environmentOf, kafkaEnvironment } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { flows } from '@docket/contract/flows.ts'
import { needsOf, type Wanted } from '@docket/local/stack.ts'
import { pythonWith } from '@docket/test/support/python.ts'

export interface Known {
  handles: readonly string[]
  observes: boolean
  servers: Wanted['servers']
  argv?: readonly string[]
  env: Record<string, string>
}

const isOurs = (name: string): name is ServiceName => serviceNames.some(one => one === name)

export async function knownOf(name: string, folder: string): Promise<Known> {
  if (isOurs(name))
    return {
      handles: flows[name]?.handles ?? [],
      observes: false,
      servers: needsOf([name]).servers,
      argv: commandOf(name),
      env: {},
    }
  const others: Known = { handles: [], observes: false, servers: ['kafka'], env: {} }
  return name === 'sales-report' ? { ...others, ...(await salesReport(folder)) } : others
}

async function salesReport(folder: string): Promise<Partial<Known>> {
  const example = join(root, 'examples', 'sales-report-python')
  const python = await pythonWith(join(example, 'requirements.txt'))
  return {
    handles: ['order.created', 'order.completed', 'order.cancelled', 'order.rejected'],
    observes: true,
    env: { DATABASE_FILE: join(folder, 'report.sqlite') },
    ...('program' in python && { argv: [python.program, join(example, 'main.py')] }),
  }
}

const otherPort = 8_086

export function environmentIn(name: string, at: Addresses): { port: number; env: Record<string, string> } {
  const keys = secrets(at.dir)
  if (isOurs(name)) return { port: at.servicePort(name), env: environmentOf(name, at, keys) }
  const port = otherPort + at.offset
  return {
    port,
    env: {
      ...kafkaEnvironment(name, at, keys),
      PORT: String(port),
      OPS_PORT: String(port + opsPortDistance),
      JWKS_URL: `${at.services.user}/.well-known/jwks.json`,
    },
  }
}
