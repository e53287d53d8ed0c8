import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Keeps memory near what is in use. An event is kept for some seconds, so it is old when it becomes garbage, and V8 would
 * let that grow: before its first full collection to a share of the machine's memory, and then to four times what is in
 * use. So the first one is now, and the next ones come when half as much again has been added.
 */
export function boundHeap(): void {
  setFlagsFromString('--heap-growing-percent=50')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // as that flag defines it
  collect()
}
