import { createHash } from 'node:crypto'

/** What identifies a row, whatever line of the file it is on. */
export interface Known {
  /** Its `id`, or its content and which occurrence of it in the file it is. */
  name: string
  content: string
  /** The first row that is like it, when that is another. */
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

/** Serializes equal values to equal text, whatever the order of their fields. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return `{${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`)
    .join(',')}}`
}
