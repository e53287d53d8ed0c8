import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const eventLoop = 'event loop, promises, timers'
const writing = 'writing to sockets'
const reading = 'reading from sockets'
const http = 'HTTP'
const json = 'JSON'
const validation = 'validation'
const log = 'log'
const tracing = 'tracing'
const cryptography = 'cryptography'
const measuring = 'the profiler'

/** Native code, not under a call of JavaScript: epoll, reading from sockets, compiling. */
const native = 'native code outside JavaScript'

const pseudo: Record<string, string | undefined> = {
  '(idle)': undefined,
  '(program)': native,
  '(root)': eventLoop,
  '(garbage collector)': 'garbage collection',
}

/** By the package that is called, because whatever that needs itself is called by it. */
const packages: [RegExp, string][] = [
  [/^kafkajs$/, 'kafkajs'],
  [/^pg(-|$)/, 'driver of PostgreSQL'],
  [/^mysql2$/, 'driver of MySQL'],
  [/^(express|router|body-parser|cookie-parser|helmet)$/, http],
  [/^(zod|zod-openapi|ajv)$/, validation],
  [/^(pino|sonic-boom)$/, log],
  [/^@opentelemetry\//, tracing],
  [/^prom-client$/, 'metrics'],
  [/^(jsonwebtoken|jws|jwa)$/, cryptography],
]

/** By module and function of Node. The rest of Node is counted with its caller. */
const node: [module: RegExp, call: RegExp, string][] = [
  [/^node:inspector/, /./, measuring],
  [/^node:(internal\/)?crypto/, /./, cryptography],
  [/^node:(_?http|internal\/http)/, /./, http],
  [/^node:internal\/streams\/writable$/, /./, writing],
  [/^node:(net|internal\/stream_base_commons)$/, /write/i, writing],
  [/^node:internal\/streams\/readable$/, /./, reading],
  [/^node:(net|internal\/stream_base_commons)$/, /read/i, reading],
  [/^node:(timers|internal\/(timers|process\/(task_queues|promises)))$/, /./, eventLoop],
]

const nativeWrites = /^(writev|writeBuffer|write(Utf8|Latin1|Ascii|Ucs2)String)$/

/** By file, where the folder says too little. */
const ownFiles: [RegExp, string][] = [
  [/^test\/bench\/profile\/json-frames\.ts$/, json],
  [/^test\/bench\/profile\//, measuring],
  [/^packages\/contract\/(generated\/|validate\.ts)/, validation],
  [/^packages\/chassis\/log\.ts$/, log],
  [/^packages\/chassis\/tracing\//, tracing],
]

export function categoryOf(
  { functionName, url }: { functionName: string; url: string },
  caller: string,
  root: string,
): string | undefined {
  if (Object.hasOwn(pseudo, functionName)) return pseudo[functionName]
  if (url === '') return nativeWrites.test(functionName) ? writing : caller
  if (url.startsWith('node:'))
    return node.find(([module, call]) => module.test(url) && call.test(functionName))?.[2] ?? caller
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]
  if (name !== undefined) return packages.find(([pattern]) => pattern.test(name))?.[1] ?? caller
  const file = relative(root, path)
  return ownFiles.find(([pattern]) => pattern.test(file))?.[1] ?? `ours: ${dirname(file)}`
}
