/**
 * Node's http module without the side effects of `import ... from 'node:http'`: an import evaluates every export,
 * including the lazy WebSocket, and with it all of undici. That costs 16 MB of idle memory in each service, measured on
 * Node 26; so does a call of fetch.
 */
export const http = process.getBuiltinModule('node:http')

/** Loaded only where it is needed, because TLS takes memory too. */
export const https = () => process.getBuiltinModule('node:https')
