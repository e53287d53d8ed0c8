/** Builds the images and pushes them to a registry: see bin/push-images.sh. */
import {
  buildArguments,
  builder,
  imageNames,
  imagesNamed,
  localPrefix,
  must,
  nameOf,
  optionsOf,
  type Builder,
  type Image,
} from './images.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { Misused, readArguments, type Wanted } from './push-arguments.ts'

interface Step {
  what: 'built' | 'tagged' | 'pushed'
  args: string[]
}

/** How an image is built, under its local name and so that what is built already is found, and then pushed. */
async function stepsOf(image: Image, by: Builder): Promise<Step[]> {
  const [local = image] = imagesNamed([image.name.split('/')[1] ?? ''], localPrefix, image.newTag)
  return [
    { what: 'built', args: await buildArguments(local, by) },
    { what: 'tagged', args: ['tag', nameOf(local), nameOf(image)] },
    { what: 'pushed', args: ['push', ...optionsOf(process.env.PUSH_OPTIONS), nameOf(image)] },
  ]
}

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

const isRefused = /unauthorized|denied|authentication required|no basic auth|403 forbidden/i

async function push({ registry, tag, isDryRun }: Wanted): Promise<void> {
  const by = builder()
  const all = imagesNamed(imageNames, registry, tag)
  const pushed: string[] = []
  for (const image of all) {
    for (const { what, args } of await stepsOf(image, by)) {
      if (isDryRun) console.log([by, ...args].map(quoted).join(' '))
      else await must(by, args).catch(error => failed(error, { by, registry, pushed, all, what, image }))
    }
    pushed.push(nameOf(image))
    if (!isDryRun) console.log(`pushed  ${nameOf(image)}`)
  }
  console.log(isDryRun ? '\nnothing was run' : howToDeploy(registry, tag))
}

interface Failure {
  by: Builder
  registry: string
  pushed: string[]
  all: Image[]
  what: Step['what']
  image: Image
}

function failed(error: Error, { by, registry, pushed, all, what, image }: Failure): never {
  const login = isRefused.test(error.message) ? `\nlog in first: ${by} login ${registry.split('/')[0]}` : ''
  throw new Error(
    `${nameOf(image)} was not ${what}; ${pushed.length} of ${all.length} images are pushed. The same command goes on.\n${error.message}${login}`,
    { cause: error },
  )
}

const howToDeploy = (registry: string, tag: string) => `
To deploy them, in an overlay of your own:
  images:
${imageNames.map(name => `    - {name: docket/${name}, newName: ${registry}/${name}, newTag: ${tag}}`).join('\n')}
or to a cluster on this machine: IMAGE_PREFIX=${registry} IMAGE_TAG=${tag} ./bin/deploy-k8s-local.sh`

try {
  await push(readArguments(process.argv.slice(2)))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = error instanceof Misused ? 2 : 1
}
