import type { Logger } from '@docket/chassis/log.ts'
import { breaker } from './breaker.ts'
import type { ProviderState } from './payment.ts'
import { showBreaker, showMisconfigured } from './payment.metrics.ts'
import type { Trouble } from './provider.ts'

export const callsAtOnce = 200

/** Charges and refunds have a breaker each, because a provider may answer one kind of call and not the other. */
export interface ProviderWatch {
  charges: CallWatch
  refunds: CallWatch
  state(): ProviderState
}

export interface CallWatch {
  /** How many of the wanted calls may be made now. A probe tests whether the provider is back. */
  room(wanted: number): { room: number; isProbe: boolean }
  /** The provider answers nothing, so that only probes may be made. */
  isOpen(): boolean
  answered(): void
  failed(trouble: Pick<Trouble, 'message' | 'kind'>): void
}

export function watchProvider(log: Pick<Logger, 'warn' | 'info'>): ProviderWatch {
  const state = (): ProviderState => {
    const open = [charges, refunds].filter(({ isOpen }) => isOpen())
    const misconfigured = open.map(({ misconfiguration }) => misconfiguration()).find(text => text !== undefined)
    return { breaker: open.length > 0 ? 'open' : 'closed', ...(misconfigured !== undefined && { misconfigured }) }
  }
  const show = () => {
    const { breaker: now, misconfigured } = state()
    showBreaker(now === 'open')
    showMisconfigured(misconfigured !== undefined)
  }
  const charges = watchCalls('payments', log, show)
  const refunds = watchCalls('refunds', log, show)
  return { charges, refunds, state }
}

function watchCalls(what: 'payments' | 'refunds', log: Pick<Logger, 'warn' | 'info'>, show: () => void) {
  const fuse = breaker()
  let misconfigured: string | undefined
  return {
    isOpen: () => fuse.isOpen(),
    misconfiguration: () => misconfigured,
    room(wanted: number) {
      const isProbe = fuse.isOpen()
      return { room: fuse.allows(wanted), isProbe }
    },
    answered() {
      if (fuse.isOpen()) log.info({ what }, 'the payment provider is back')
      fuse.succeeded()
      misconfigured = undefined
      show()
    },
    failed({ message, kind }: Pick<Trouble, 'message' | 'kind'>) {
      const wasOpen = fuse.isOpen()
      fuse.failed()
      misconfigured = kind === 'misconfigured' || kind === 'ambiguous' ? message : undefined
      if (fuse.isOpen() && !wasOpen)
        log.warn({ reason: message, kind }, `the payment provider answers no ${what}; trying it once a second`)
      show()
    },
  }
}
