import { z } from 'zod'
import { service } from '@docket/chassis/service.ts'
import { handlers } from './payment.handlers.ts'
import { routes } from './payment.routes.ts'
import { settlePayments } from './payment.sweeps.ts'
import { providerNamed } from './providers.ts'

const payments = await service('payment-service', {
  port: 8084,
  settings: { PAYMENT_PROVIDER: z.enum(['simulated']).default('simulated') },
})

await payments.run({
  routes,
  takes: handlers,
  sends: 'payment-events',
  sweeps: [{
    name: 'charge and refund', everyMs: 500, afterBatch: true,
    run: settlePayments(providerNamed(payments.settings.PAYMENT_PROVIDER)),
  }],
})
