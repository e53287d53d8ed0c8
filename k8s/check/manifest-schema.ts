import type { Manifest } from './kustomize.ts'

interface Complaint {
  instancePath: string
  message?: string
  params: object
}

export async function schemaProblems(manifest: Manifest): Promise<string[]> {
  const validate = await validatorOf(manifest)
  if (!validate) return [`${manifest.apiVersion} ${manifest.kind} is not known`]
  const { value, unread } = watched(manifest)
  const wrong = complaints(() => validate.call(value)).map(
    ({ instancePath, message, params }) => `${instancePath || '/'}: ${message} ${JSON.stringify(params)}`,
  )
  return [...new Set([...wrong, ...unread().map(path => `${path}: there is no such field`)])]
}

async function validatorOf({ apiVersion, kind }: Manifest): Promise<((this: unknown) => void) | undefined> {
  const models = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models'
  try {
    const all = (await import(`${models}/${apiVersion}/${kind}`)) as Record<string, { prototype: { validate(): void } }>
    return all[kind]?.prototype.validate
  } catch {
    return undefined
  }
}

function complaints(validate: () => void): Complaint[] {
  try {
    validate()
    return []
  } catch (error) {
    if (error instanceof Error && 'errors' in error) return error.errors as Complaint[]
    throw error
  }
}

/**
 * The package ships its schemas as compiled validators, which look at every field that they know and at no other. So
 * what they have not looked at is unknown, and that is an error: Kubernetes would drop it, or refuse the object.
 */
function watched(whole: Manifest): { value: unknown; unread(): string[] } {
  const maps: { path: string; map: object; read: Set<PropertyKey> }[] = []
  const watch = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const read = new Set<PropertyKey>()
    const made = new Map<PropertyKey, unknown>()
    if (!Array.isArray(value)) maps.push({ path, map: value, read })
    return new Proxy(value, {
      get(target, key) {
        read.add(key)
        if (!made.has(key)) made.set(key, watch(Reflect.get(target, key), `${path}/${String(key)}`))
        return made.get(key)
      },
    })
  }
  const value = watch(whole, '')
  return {
    value,
    unread: () =>
      maps.flatMap(({ path, map, read }) =>
        Object.keys(map)
          .filter(key => !read.has(key))
          .map(key => `${path}/${key}`),
      ),
  }
}
