import { finalStatuses, openStatuses } from '@docket/contract/terms.ts'

// As literals, because PostgreSQL uses a partial index only if the condition repeats that of the index.
export const literals = (words: readonly string[]) => words.map(word => `'${word}'`).join(', ')

export const open = literals(openStatuses)
export const final = literals(finalStatuses)
