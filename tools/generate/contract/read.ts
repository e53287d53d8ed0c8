import { readdir, readFile } from 'node:fs/promises'

export interface Schema {
  $schema?: string
  $id?: string
  title?: string
  description?: string
  'x-since'?: string | Record<string, string>
  /** What the key of its records is: a field of the data that must be there, or always this word. */
  'x-key'?: { field: string } | { const: string }
  $ref?: string
  /** No service consumes the event type; it is for observers, such as reports. */
  'x-for-observers'?: true
  'x-undoes'?: string
  /** It is only published in reaction to one of these, which are as new: PRODUCES_FROM withholds those. */
  'x-answers'?: string[]
  /** Who may not see the field, with all that is in it: packages/contract/mask.ts. */
  'x-sensitivity'?: 'personal' | 'payment'
  type: 'object' | 'array' | 'string' | 'integer' | 'boolean'
  required?: string[]
  properties?: Record<string, Schema>
  items?: Schema
  enum?: string[]
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  examples?: unknown[]
}

export type Shared = Readonly<Record<string, Schema>>

export interface TopicContract {
  topic: string
  description: string
  key: string
  /** Publishes to it, and redrives its dead letters. */
  producer: string
  /** Other services that publish to it. */
  coProducers?: readonly string[]
  deadLetterOwner: string
  partitions: number
  events: { type: string; since: string; schema: Schema }[]
}

export const valuesSince = ({ type, schema }: TopicContract['events'][number]): [value: string, since: string][] =>
  Object.entries(schema.properties ?? {}).flatMap(([field, { 'x-since': since = {} }]) =>
    typeof since === 'string'
      ? []
      : Object.entries(since).map(([value, release]): [string, string] => [`${type} ${field} ${value}`, release]),
  )

export const producersOf = ({ producer, coProducers = [] }: TopicContract): string[] => [producer, ...coProducers]

export const madeBy = 'Generated from events/ by `npm run generate`. Do not edit.'

/** A folder per topic, a file per event type. Sorted, so that generated files are always the same. */
export async function readContract(folder: URL): Promise<TopicContract[]> {
  const shared = await readShared(folder)
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter(entry => entry.isDirectory() && entry.name !== 'node_modules')
    .map(entry => entry.name)
  return Promise.all(names.sort().map(name => readTopic(name, new URL(`${name}/`, folder), shared)))
}

export const sharedFile = 'shared.schema.json'

export async function readShared(folder: URL): Promise<Shared> {
  return sharedIn(await readJson<{ $defs: Shared }>(new URL(sharedFile, folder)))
}

export const sharedIn = ({ $defs }: { $defs: Shared }): Shared =>
  Object.fromEntries(Object.entries($defs).map(([name, schema]) => [name, inlined(schema, $defs)]))

const reference = /^urn:docket:shared#\/\$defs\/(\w+)$/

/** The schema with what it refers to in place of each `$ref`; what stands beside it comes first, such as a description. */
export function inlined(schema: Schema, shared: Shared): Schema {
  const { $ref, ...own } = schema
  if ($ref !== undefined) {
    const found = shared[reference.exec($ref)?.[1] ?? '']
    if (!found) throw new Error(`${$ref} is not in events/${sharedFile}`)
    return inlined({ ...found, ...own }, shared)
  }
  return {
    ...own,
    ...(own.properties && {
      properties: Object.fromEntries(
        Object.entries(own.properties).map(([name, property]) => [name, inlined(property, shared)]),
      ),
    }),
    ...(own.items && { items: inlined(own.items, shared) }),
  }
}

async function readTopic(topic: string, folder: URL, shared: Shared): Promise<TopicContract> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.schema.json')).sort()
  const events = await Promise.all(
    files.map(async file => {
      const schema = inlined(await readJson<Schema>(new URL(file, folder)), shared)
      const since = schema['x-since']
      return { type: file.slice(0, -'.schema.json'.length), since: typeof since === 'string' ? since : '', schema }
    }),
  )
  return { topic, ...(await readJson<Omit<TopicContract, 'topic' | 'events'>>(new URL('topic.json', folder))), events }
}

const readJson = async <T>(file: URL): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T

export const pascal = (type: string) =>
  type
    .split(/[._]/)
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
