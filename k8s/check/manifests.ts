/**
 * Checks the manifests of k8s/: `npm run k8s:check`. Offline: against the schemas of a package, and our own rules. The
 * same for objects from elsewhere, such as `kubectl kustomize FOLDER | node k8s/check/manifests.ts --stdin production`.
 */
import { readFileSync } from 'node:fs'
import { overlay, parseManifests, render, type Manifest } from './kustomize.ts'
import { ruleProblems } from './manifest-rules.ts'
import { schemaProblems } from './manifest-schema.ts'

async function problemsOf(all: Manifest[], name: string): Promise<string[]> {
  const ofForm = await Promise.all(
    all.map(async one => (await schemaProblems(one)).map(problem => `${one.kind} ${one.metadata.name} ${problem}`)),
  )
  return [...ofForm.flat(), ...ruleProblems(all, name)]
}

const withComponents = () =>
  ['keys-in-a-file', 'monitoring', 'tracing'].reduce(
    (all, name) => render(overlay(`../components/${name}`), all),
    render(overlay('production')),
  )

const sets: [name: string, manifests: () => Manifest[]][] =
  process.argv[2] === '--stdin'
    ? [[process.argv[3] ?? 'production', () => parseManifests(readFileSync(0, 'utf8'), 'standard input')]]
    : [
        ['local', () => render(overlay('local'))],
        ['production', withComponents],
      ]

for (const [name, manifests] of sets) {
  const all = manifests()
  const problems = await problemsOf(all, name)
  console.log(
    problems.length === 0
      ? `${name}: ${all.length} objects are as they must be`
      : `${name}:\n  ${problems.join('\n  ')}`,
  )
  if (problems.length > 0 || all.length === 0) process.exitCode = 1
}
