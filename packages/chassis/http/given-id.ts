import { z } from 'zod'

/** PostgreSQL ignores the case of an id, but what is compared in memory does not: it becomes as it is stored. */
export const givenId = z.uuid().transform(id => id.toLowerCase())
