/** Loaded into a service before it starts (`node --import`), because no setting of a service activates failpoints. */
import { setTimeout as pause } from 'node:timers/promises'
import { activateFailpoints } from '@docket/foundation/failpoint.ts'
import type { Order, Told } from './order.ts'

const hangMs = 40_000
let armed: Order | undefined

/** Looks like a broken connection, so the service must treat it as transient. */
const broken = (failpoint: string) => Object.assign(new Error(`fault at ${failpoint}`), { code: 'ECONNRESET' })

activateFailpoints(async (failpoint, work) => {
  if (armed?.failpoint !== failpoint) return work()
  const { mode } = armed
  armed = undefined
  await tell({ fired: failpoint })
  switch (mode) {
    case 'kill': {
      process.kill(process.pid, 'SIGKILL')
      return new Promise<never>(() => undefined)
    }
    case 'throw':
      throw broken(failpoint)
    case 'hang': {
      await pause(hangMs)
      return work()
    }
    case 'do-then-fail': {
      await work()
      throw broken(failpoint)
    }
  }
})

const tell = (told: Told) =>
  new Promise<void>(resolve => {
    process.send?.(told, () => resolve())
  })

process.on('message', (order: Order) => {
  armed = order
})
process.channel?.unref()
