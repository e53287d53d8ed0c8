import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  [field: string]: unknown
}

interface Target {
  kind?: string
  name?: string
  labelSelector?: string
}

interface Kustomization {
  namespace?: string
  resources?: string[]
  components?: string[]
  labels?: { pairs: Record<string, string> }[]
  patches?: { path: string; target?: Target }[]
  images?: { name: string; newName?: string; newTag?: string }[]
  configMapGenerator?: { name: string; files: string[] }[]
  generatorOptions?: { disableNameSuffixHash: true; labels?: Record<string, string> }
}

const known = new Set([
  'apiVersion',
  'kind',
  'namespace',
  'resources',
  'components',
  'labels',
  'patches',
  'images',
  'configMapGenerator',
  'generatorOptions',
])
const ofTheCluster = new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'StorageClass', 'PersistentVolume'])

/**
 * What `kubectl kustomize FOLDER` prints, for the few features that our manifests use; any other feature is an error.
 * In TypeScript, so that the check needs no program outside of the package registry; a test compares it with kubectl.
 */
export function render(folder: string, base: Manifest[] = []): Manifest[] {
  const file = join(folder, 'kustomization.yaml')
  const kustomization = parse(readFileSync(file, 'utf8')) as Kustomization
  const strange = Object.keys(kustomization).filter(key => !known.has(key))
  if (strange.length > 0)
    throw new Error(`${file}: ${strange.join(', ')}: the renderer of this check does not support that`)
  let found = [
    ...base,
    ...(kustomization.resources ?? []).flatMap(name => resourcesAt(join(folder, name))),
    ...configMapsOf(folder, kustomization),
  ]
  for (const component of kustomization.components ?? []) found = render(join(folder, component), found)
  for (const { path, target } of kustomization.patches ?? []) found = patched(found, join(folder, path), target)
  for (const one of found) {
    if (kustomization.namespace && !ofTheCluster.has(one.kind)) one.metadata.namespace = kustomization.namespace
    for (const { pairs } of kustomization.labels ?? []) one.metadata.labels = { ...one.metadata.labels, ...pairs }
    for (const image of kustomization.images ?? []) renameImage(one, image)
  }
  return found
}

const resourcesAt = (path: string) =>
  existsSync(join(path, 'kustomization.yaml')) ? render(path) : readManifests(path)

function configMapsOf(folder: string, { configMapGenerator = [], generatorOptions }: Kustomization): Manifest[] {
  if (configMapGenerator.length > 0 && generatorOptions?.disableNameSuffixHash !== true)
    throw new Error(`${folder}: the renderer of the check makes no names with a hash: disableNameSuffixHash`)
  return configMapGenerator.map(({ name, files }) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { ...generatorOptions?.labels } },
    data: Object.fromEntries(files.map(file => [basename(file), readFileSync(join(folder, file), 'utf8')])),
  }))
}

function readManifests(file: string): Manifest[] {
  return parseManifests(readFileSync(file, 'utf8'), file)
}

export function parseManifests(text: string, file: string): Manifest[] {
  return parseAllDocuments(text).flatMap(document => {
    const [error] = document.errors
    if (error) throw new Error(`${file}: ${error.message}`)
    const value = document.toJS() as Manifest | null
    return value === null ? [] : [value]
  })
}

function patched(all: Manifest[], file: string, target: Target | undefined): Manifest[] {
  const [patch] = readManifests(file)
  if (!patch) throw new Error(`${file} is empty`)
  const isMeant = target
    ? matches(target)
    : (one: Manifest) => one.kind === patch.kind && one.metadata.name === patch.metadata.name
  if (!all.some(isMeant)) throw new Error(`${file} patches nothing`)
  const {
    metadata: { name: _name, ...metadata },
    ...rest
  } = patch
  return all.map(one => (isMeant(one) ? (merge(one, { ...rest, metadata }, '') as Manifest) : one))
}

const matches =
  ({ kind, name, labelSelector }: Target) =>
  (one: Manifest) => {
    const [label, value] = labelSelector?.split('=') ?? []
    return (
      (!kind || one.kind === kind) &&
      (!name || one.metadata.name === name) &&
      (!label || one.metadata.labels?.[label] === value)
    )
  }

const keyOf: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  topologySpreadConstraints: 'topologyKey',
}

type Value = Record<string, unknown>

function merge(base: unknown, patch: unknown, field: string): unknown {
  if (Array.isArray(patch)) {
    const key = field === 'ports' ? portKey(patch) : keyOf[field]
    return key && Array.isArray(base) ? mergeLists(base as Value[], patch as Value[], key) : patch
  }
  if (!isMap(patch)) return patch
  const merged: Value = isMap(base) ? { ...base } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = merge(merged[name], value, name)
  }
  return merged
}

const portKey = (ports: Value[]) => (ports.some(port => 'containerPort' in port) ? 'containerPort' : 'port')
const isMap = (value: unknown): value is Value => typeof value === 'object' && value !== null && !Array.isArray(value)

function mergeLists(base: Value[], patch: Value[], key: string): Value[] {
  const kept = base.map(one => {
    const change = patch.find(other => other[key] === one[key])
    return change ? (merge(one, change, '') as Value) : one
  })
  return [...kept, ...patch.filter(one => !base.some(other => other[key] === one[key]))]
}

function renameImage(within: unknown, image: { name: string; newName?: string; newTag?: string }): void {
  if (Array.isArray(within)) for (const one of within) renameImage(one, image)
  if (!isMap(within)) return
  if (typeof within.image === 'string' && within.image.replace(/[:@][^/]*$/, '') === image.name) {
    const tag = image.newTag ?? within.image.slice(image.name.length + 1)
    within.image = `${image.newName ?? image.name}:${tag}`
  }
  for (const value of Object.values(within)) renameImage(value, image)
}

export const overlay = (name: string) => join(dirname(import.meta.dirname), 'overlays', name)
