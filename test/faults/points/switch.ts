/** Loaded into a service before it starts (`node --import`): puts one fault at one named place when it is told to. */
import { setTimeout as pause } from 'node:timers/promises'
import { activateFailpoints } from '@docket/foundation/failpoint.ts'
import type { Order, Told } from './order.ts'

const hangMs = 40_000
let armed: Order | undefined

/** As a connection that breaks: the service must take it for something that goes away. */
const broken = (place: string) => Object.assign(new Error(`fault at ${place}`), { code: 'ECONNRESET' })

activateFailpoints(async (place, work) => {
  if (armed?.place !== place) return work()
  const { mode } = armed
  armed = undefined
  await tell({ fired: place })
  switch (mode) {
    case 'kill': {
      process.kill(process.pid, 'SIGKILL')
      return new Promise<never>(() => undefined)
    }
    case 'throw':
      throw broken(place)
    case 'hang': {
      await pause(hangMs)
      return work()
    }
    case 'do-then-fail': {
      await work()
      throw broken(place)
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
