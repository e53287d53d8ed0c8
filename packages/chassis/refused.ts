/** A rule of the domain says no. A value, not an exception: the caller decides what to do about it. */
export interface Refused {
  refused: string
  detail?: string
  facts?: Record<string, unknown>
}

/** `code` is stable snake_case; `detail` is a sentence for a person. */
export function refused(code: string, detail?: string, facts?: Record<string, unknown>): Refused {
  return { refused: code, ...(detail !== undefined && { detail }), ...(facts && { facts }) }
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refused' in value && typeof value.refused === 'string'
}
