import { z } from 'zod'
import { service } from '@docket/chassis/service.ts'
import { handlers } from './payment.handlers.ts'
import { measures, metrics } from './payment.metrics.ts'
import { routes } from './payment.routes.ts'
import { forgetsTokens, processPayments } from './payment.sweeps.ts'
import { watchProvider } from './provider.steps.ts'
import { providerNamed } from './providers.ts'
import { refundRoutes } from './refund.routes.ts'
import { adoptsRefunds, processRefunds } from './refund.sweeps.ts'
import { purges } from './retention.sweeps.ts'

const provider = z.union([z.literal('simulated'), z.url({ protocol: /^https?$/ })], {
  error: 'must be simulated, or the address of a provider such as https://payments.example',
})

const payments = await service('payment-service', {
  port: 8084,
  settings: {
    // an image simulates payments only if it is told to
    PAYMENT_PROVIDER: process.env.NODE_ENV === 'production' ? provider : provider.default('simulated'),
  },
})

const called = await providerNamed(payments.settings.PAYMENT_PROVIDER)
const watch = watchProvider(payments.log)

await payments.run({
  routes: [...routes(watch.state), ...refundRoutes],
  consumes: handlers,
  purges,
  publishes: 'payment-events',
  sweeps: [
    processPayments(called, watch.charges, payments.log),
    processRefunds(called, watch.refunds, payments.log),
    adoptsRefunds,
    forgetsTokens,
  ],
  measures: measures(),
  metrics,
})
