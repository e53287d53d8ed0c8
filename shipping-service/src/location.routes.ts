import { refused } from '@docket/chassis/refused.ts'
import { ok, route, type Route } from '@docket/chassis/http/route.ts'
import { duringUpdate } from './goods.steps.ts'
import { readLocations, updateLocation } from './location.store.ts'
import { Location, LocationChange, LocationName, Locations } from './shipment.shapes.ts'

export const locationRoutes: Route[] = [
  route({
    method: 'get',
    path: '/locations',
    who: 'observer',
    summary: 'The locations that goods leave from, by name',
    answers: { 200: Locations },
    handle: async ({ tx }) => ok({ items: await readLocations(tx) }),
  }),

  route({
    method: 'patch',
    path: '/locations/:name',
    who: 'operator',
    summary: 'Change how shipments leave a location; counts for orders that are accepted from now on',
    params: LocationName,
    body: LocationChange,
    answers: { 200: Location },
    refusals: { not_found: 404, not_during_update: 409 },
    async handle({ tx, params, body, audit }) {
      const no = body.handover === 'manual' && duringUpdate()
      if (no) return no
      const location = await updateLocation(tx, params.name, body)
      if (!location) return refused('not_found', `There is no location ${params.name}.`)
      const detail = `handover ${location.handover}, late after ${location.lateAfterSeconds} s`
      await audit({ act: 'location.updated', on: { kind: 'location', id: location.name }, detail })
      return ok(location)
    },
  }),
]
