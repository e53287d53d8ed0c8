import test from 'ava'
import { overlay, render } from '@docket/k8s/check/kustomize.ts'
import { routesOf } from './routes.ts'

interface Path {
  path: string
  pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  backend: { service: { name: string } }
}

const paths = (name: string) =>
  render(overlay(name))
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap(({ spec }) => (spec as { rules: { http: { paths: Path[] } }[] }).rules.flatMap(({ http }) => http.paths))

const matches = {
  Exact: (path: string, url: string) => url === path,
  Prefix: (path: string, url: string) => url === path || url.startsWith(`${path}/`),
  ImplementationSpecific: (path: string, url: string) => new RegExp(`^${path}`).test(url),
}

/** As controllers choose: of the paths that match, the longest. */
function ownerOf(all: readonly Path[], url: string): string | undefined {
  const matching = all.filter(({ path, pathType }) => matches[pathType](path, url))
  return matching.toSorted((a, b) => b.path.length - a.path.length)[0]?.backend.service.name
}

const forCustomers = Object.entries(routesOf).flatMap(([service, routes]) =>
  routes
    .filter(({ who }) => who === 'anyone' || who === 'user' || who === 'customer')
    .map(({ path }) => [path.replaceAll(/:\w+/g, '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'), service]),
)

for (const name of ['local', 'production'])
  test(`the Ingress of ${name} leads each request of a customer to the service that answers it`, t => {
    const all = paths(name)
    t.true(forCustomers.length > 20)
    t.deepEqual(
      forCustomers.map(([url = '']) => [url, ownerOf(all, url)]),
      forCustomers,
    )
  })
