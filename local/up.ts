/**
 * Starts the local stack, or what of it has died: `node local/up.ts [--servers | SERVICE...]`.
 * Without arguments, everything; with --servers, Kafka, PostgreSQL and MariaDB; with names, these services and the servers they need.
 */
import { addresses, serviceNames, type ServiceName } from './addresses.ts'
import { everything, needsOf, startStack, type Wanted } from './stack.ts'

function wanted(args: string[]): Wanted {
  if (args.length === 0) return everything
  if (args.includes('--servers')) return { ...everything, services: [] }
  const unknown = args.find(arg => !serviceNames.includes(arg as ServiceName))
  if (unknown) throw new Error(`${unknown} is none of ${serviceNames.join(', ')}, --servers`)
  return needsOf(args as ServiceName[])
}

try {
  const began = Date.now()
  await startStack(wanted(process.argv.slice(2)), console.log)
  console.log(`all is up after ${((Date.now() - began) / 1000).toFixed(1)} s; data and logs are in ${addresses().dir}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
