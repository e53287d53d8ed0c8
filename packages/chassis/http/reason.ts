import { z } from 'zod'

export const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .optional()
  .meta({ description: 'Why, for those who read the audit' })

/** The body of a request that says nothing but why. */
export const ReasonBody = z.strictObject({ reason })
