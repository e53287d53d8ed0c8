import { z } from 'zod'
import { duration } from '@docket/chassis/config.ts'
import { service } from '@docket/chassis/service.ts'
import { carrierRoutes } from './carrier.routes.ts'
import { sweeps } from './carrier.sweeps.ts'
import { carriersOf, isSecretsSetting } from './carrier.ts'
import { locationRoutes } from './location.routes.ts'
import { purges } from './retention.sweeps.ts'
import { returnRoutes } from './return.routes.ts'
import { handlers } from './shipment.handlers.ts'
import { measures, metrics } from './shipment.metrics.ts'
import { routes } from './shipment.routes.ts'

const secrets = z
  .string()
  .transform(text => text.split(','))
  .refine(all => all.length <= 2 && all.every(one => one.length >= 16), 'must be one or two secrets of 16 characters')

const ofCarriers = Object.keys(process.env)
  .filter(isSecretsSetting)
  .flatMap(name => [
    [name, secrets] as const,
    [name.replace(/SECRETS$/, 'TRUSTED'), z.stringbool().optional()] as const,
  ])

const shipping = await service('shipping-service', {
  port: 8085,
  settings: {
    DELIVERY_AFTER: duration.optional(), // then the simulated carriers deliver; unset: never
    ...(Object.fromEntries(ofCarriers) as Record<`CARRIER_${string}`, z.ZodType>), // CARRIER_<NAME>_SECRETS, CARRIER_<NAME>_TRUSTED
  },
})

const carriers = carriersOf(shipping.settings)

await shipping.run({
  routes: [...routes, ...returnRoutes, ...locationRoutes, ...carrierRoutes(carriers)],
  consumes: handlers,
  sweeps: sweeps(carriers, shipping.settings.DELIVERY_AFTER),
  purges,
  publishes: 'shipping-events',
  measures: measures(),
  metrics,
})
