import { serviceNames } from '@docket/addresses/addresses.ts'
import { namesOfRunning, stop } from '@docket/local/processes.ts'

/** Ends services that a test has left running, as one that was cut off does: they would take the events of the next. */
export async function endLeftovers(dir: string): Promise<void> {
  const left = namesOfRunning(dir).filter(name => serviceNames.some(service => name.startsWith(service)))
  await Promise.all(left.map(name => stop(dir, name)))
}
