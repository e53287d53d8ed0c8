/**
 * Node's http module, without what `import ... from 'node:http'` brings along: an import evaluates every export, also
 * the lazy WebSocket, and with it all of undici. That is 16 MB of idle memory, measured on Node 26, in each service;
 * so is a call of fetch.
 */
export const http = process.getBuiltinModule('node:http')

/** The same for https, only where it is needed: TLS has its price too. */
export const https = () => process.getBuiltinModule('node:https')
