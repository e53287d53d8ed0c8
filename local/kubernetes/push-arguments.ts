import { parseArgs } from 'node:util'
import { messageOf } from '@docket/foundation/errors.ts'
import { tagOfCheckout } from './images.ts'

const usage = `usage: push-images.sh REGISTRY [--tag TAG] [--dry-run]
  REGISTRY    what the names begin with, with the host, such as registry.example/docket
  --tag       unless given, one that names what is in the images
  --dry-run   prints the commands, and runs none`

export class Misused extends Error {}

export interface Wanted {
  registry: string
  tag: string
  isDryRun: boolean
}

const host = /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:)|\[[0-9a-f:]+\])(?::\d{1,5})?$/
const folder = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/
const tagShape = /^\w[\w.-]{0,127}$/

export function readArguments(args: string[]): Wanted {
  const { positionals, values } = parsed(args)
  const [registry, ...others] = positionals
  if (registry === undefined || others.length > 0) throw new Misused(usage)
  const tag = values.tag ?? tagOfCheckout()
  if (!tagShape.test(tag)) throw new Misused(`${tag} is not a valid tag: letters, digits, _ . and -, 128 at most`)
  if (tag === 'latest') throw new Misused('latest is not a tag to deploy: it may mean another image tomorrow')
  return { registry: registryNamed(registry), tag, isDryRun: values['dry-run'] }
}

function parsed(args: string[]) {
  try {
    const options = { tag: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } } as const
    return parseArgs({ args, allowPositionals: true, options })
  } catch (error) {
    throw new Misused(`${messageOf(error)}\n${usage}`)
  }
}

function registryNamed(text: string): string {
  const [first = '', ...folders] = text.replace(/\/$/, '').split('/')
  if (text.includes('://')) throw new Misused(`${text}: write it without the scheme, such as registry.example/docket`)
  if (!host.test(first))
    throw new Misused(`${text} does not begin with the host of a registry; Docker Hub is docker.io/NAME`)
  const wrong = folders.find(one => !folder.test(one))
  if (wrong !== undefined)
    throw new Misused(`${text}: "${wrong}" cannot be in the name of an image: lower-case letters, digits, . _ and -`)
  return [first, ...folders].join('/')
}
