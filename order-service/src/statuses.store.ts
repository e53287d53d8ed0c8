import { finalStatuses, openStatuses } from '@docket/contract/terms.ts'

// As literals: PostgreSQL finds a partial index only where the condition says what the index says.
const literals = (words: readonly string[]) => words.map(word => `'${word}'`).join(', ')

export const open = literals(openStatuses)
export const final = literals(finalStatuses)
