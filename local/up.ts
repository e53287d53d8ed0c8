/**
 * Starts the local stack, or what of it has died: `node local/up.ts [--docker] [--servers | SERVICE...]`. Without
 * arguments, everything; with --servers, Kafka, PostgreSQL and MariaDB; with names, these services and the servers they
 * need.
 */
import { addresses, expectServices } from '@docket/addresses/addresses.ts'
import { everything, needsOf, startStack, type Wanted } from './stack.ts'

function wanted(args: string[]): Wanted {
  if (args.includes('--servers')) return { ...everything, services: [] }
  const names = expectServices(
    args.filter(arg => arg !== '--docker'),
    ['--servers', '--docker'],
  )
  return names.length > 0 ? needsOf(names) : everything
}

try {
  const began = Date.now()
  const args = process.argv.slice(2)
  await startStack(wanted(args), console.log, { docker: args.includes('--docker') })
  console.log(`all is up after ${((Date.now() - began) / 1000).toFixed(1)} s; data and logs are in ${addresses().dir}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
