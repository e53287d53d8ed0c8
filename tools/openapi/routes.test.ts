import test from 'ava'
import { routesOf } from './routes.ts'

const lists = Object.entries(routesOf).flatMap(([service, routes]) =>
  routes.flatMap(({ query, weight, path }) => {
    const page = query?.safeParse({ limit: '500' }).data
    return typeof page === 'object' && page !== null && 'limit' in page
      ? [{ list: `${path} of ${service}`, weight: weight?.(page) }]
      : []
  }),
)

test('a list counts by its rows against the limits of its caller, in every service', t => {
  t.true(lists.length > 5)
  for (const { list, weight } of lists) t.is(weight, 25, list)
})
