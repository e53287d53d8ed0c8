import { createHash } from 'node:crypto'

export interface Known {
  /** Its `id`, or its content and the number of its occurrence, because a file may contain equal rows. */
  name: string
  content: string
  likeRow?: number
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 22)

export function recognizer(): (row: number, body: unknown, id: string | undefined) => Known {
  const seen = new Map<string, { times: number; first: number }>()
  return (row, body, id) => {
    const content = digestOf(canonical(body))
    const base = id === undefined ? content : `id-${digestOf(id)}`
    const before = seen.get(base)
    const times = (before?.times ?? 0) + 1
    seen.set(base, { times, first: before?.first ?? row })
    return { name: id === undefined ? `${content}.${times}` : base, content, ...(before && { likeRow: before.first }) }
  }
}

/** Field order must not matter, or the same row would count as another. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return `{${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`)
    .join(',')}}`
}
