import type { Surface } from '../../generate/surface.ts'

/** What the changelog says of what is newer than a release. Undefined when it has no heading for the release. */
export function unreleased(changelog: string, release: string): string | undefined {
  const at = changelog.search(new RegExp(`^## ${release.replaceAll('.', '\\.')}$`, 'm'))
  return at < 0 ? undefined : changelog.slice(0, at).replaceAll(/\s+/g, ' ')
}

const kinds: Record<keyof Surface, string> = {
  eventTypes: 'event type',
  commands: 'command',
  routes: 'route',
  settings: 'setting',
}

/** Everything added or removed since a release must be named in the changelog. */
export function unmentioned(text: string, was: Surface, is: Surface): string[] {
  return (Object.keys(kinds) as (keyof Surface)[]).flatMap(part => {
    const missing = (names: readonly string[], others: readonly string[]) =>
      names.filter(name => !others.includes(name) && !naming(name).test(text))
    return [
      ...missing(is[part], was[part]).map(
        name => `CHANGELOG.md does not name the new ${kinds[part]} ${name}: add a line`,
      ),
      ...missing(was[part], is[part]).map(
        name => `CHANGELOG.md does not say that the ${kinds[part]} ${name} is gone: add a line`,
      ),
    ]
  })
}

function naming(name: string): RegExp {
  const words = name.split(' ').map(word => {
    const [, path = '', last = ''] = /^(.*\/)?(.*)$/.exec(word.replaceAll('.', '\\.')) ?? []
    return `${path}(?:[\\w:-]+\\|)*${last}(?:\\|[\\w:-]+)*`
  })
  return new RegExp(`(?<![\\w/.-])${words.join(' ')}(?![\\w/:-]|\\.\\w)`)
}
