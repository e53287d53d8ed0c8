/**
 * Writes every generated file: `npm run generate`. With --check it writes nothing, and exits with 1 if one is stale:
 * `npm run check:generated`. The contract comes first, because the others read what is generated from it.
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
