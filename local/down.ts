/** Stops the local stack: `node local/down.ts [--purge] [SERVICE...]`. With --purge it also deletes the data. */
import { serviceNames, type ServiceName } from './addresses.ts'
import { everything, purge, stopStack } from './stack.ts'

const names = process.argv.slice(2).filter(arg => arg !== '--purge')
const unknown = names.find(name => !serviceNames.includes(name as ServiceName))
if (unknown) {
  console.error(`${unknown} is none of ${serviceNames.join(', ')}`)
  process.exit(1)
}
await stopStack(names.length > 0 ? { servers: [], services: names as ServiceName[] } : everything, console.log)
if (process.argv.includes('--purge')) {
  purge()
  console.log('the data is deleted')
}
