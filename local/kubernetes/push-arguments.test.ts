import test from 'ava'
import { tagOfCheckout } from './images.ts'
import { Misused, readArguments } from './push-arguments.ts'

for (const registry of [
  'registry.example',
  'registry.example:5000/docket',
  'localhost/a/b',
  'registry:5000',
  '[::1]:5000/a',
])
  test(`images may be pushed to ${registry}`, t => {
    t.deepEqual(readArguments([registry, '--tag', '0.2.0']), { registry, tag: '0.2.0', isDryRun: false })
  })

test('a slash at the end means nothing', t => {
  t.is(readArguments(['docker.io/acme/', '--tag', '1']).registry, 'docker.io/acme')
})

test('unless a tag is given, it names what is in the images: the same each time', t => {
  const { tag, isDryRun } = readArguments(['docker.io/acme', '--dry-run'])
  t.regex(tag, /^\d+\.\d+\.\d+-[0-9a-f]{12}$/)
  t.is(tag, tagOfCheckout())
  t.true(isDryRun)
})

for (const [what, args, why] of [
  ['no registry', [], /^usage: push-images\.sh REGISTRY/],
  ['two', ['a.example', 'b.example'], /^usage: /],
  ['an option that there is not', ['a.example', '--force'], /--force[^]*usage: /],
  ['a URL', ['https://registry.example'], /^https:\/\/registry\.example: write it without the scheme/],
  ['no host', ['acme'], /^acme does not begin with the host of a registry; Docker Hub is docker\.io\/NAME/],
  ['nothing', [''], /^ does not begin with the host/],
  ['capitals', ['registry.example/Acme'], /^registry\.example\/Acme: "Acme" cannot be in the name of an image/],
  ['an image', ['registry.example/docket:1'], /"docket:1" cannot be in the name/],
  ['an empty folder', ['registry.example//docket', '--tag', '1'], /"" cannot be in the name/],
  ['a tag with a colon', ['a.example', '--tag', 'a:b'], /^a:b is not a valid tag/],
  ['latest', ['a.example', '--tag', 'latest'], /^latest is not a tag to deploy/],
] as const)
  test(`nothing is pushed to or with: ${what}`, t => {
    t.throws(() => readArguments([...args]), { instanceOf: Misused, message: why })
  })
