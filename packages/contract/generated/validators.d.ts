// Generated from events/ by `npm run generate`. Do not edit.

import type { EventType } from './contract.ts'

interface Problem {
  instancePath: string
  message?: string
  params: Record<string, unknown>
}

/** True when the data is as the schema says; otherwise `errors` says why not. */
export interface Check {
  (data: unknown): boolean
  errors?: Problem[] | null
}

export const checkOf: Readonly<Record<EventType, Check>>
