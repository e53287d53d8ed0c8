/**
 * Writes every file that is made from something else: `npm run generate`. With --check it writes nothing, and ends with 1
 * when one is stale: `npm run check:generated`. The contract comes first, as the others read what is made from it.
 */
await import('./contract.ts')
await import('./saga-page.ts')
await import('./access-page.ts')
await import('./answer-types.ts')
await import('./request-types.ts')
await import('./command-index.ts')
await import('./cli-page.ts')
await import('./metrics-page.ts')
await import('./monitoring-files.ts')
await import('./arrows-section.ts')
await import('./commands-section.ts')
await import('./one-order.ts')
