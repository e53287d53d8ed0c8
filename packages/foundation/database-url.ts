import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { checkServerIdentity, type ConnectionOptions } from 'node:tls'
import { messageOf } from './errors.ts'

export interface DatabaseTls {
  /** PEM: the issuers of the server's certificate, where the public ones are not enough. */
  ca?: string
  /** PEM: the certificate by which the server authenticates this client. */
  cert?: string
  key?: string
  verifiesIssuer: boolean
  verifiesHost: boolean
}

export interface DatabaseLocation {
  url: string
  /** Undefined: no TLS. */
  tls: DatabaseTls | undefined
}

const modes = ['disable', 'require', 'verify-full'] as const
type Mode = (typeof modes)[number]

const files = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const

const otherNames: Record<string, Mode> = {
  true: 'verify-full',
  1: 'verify-full',
  required: 'require',
  verify_ca: 'verify-full',
  'verify-ca': 'verify-full',
  verify_identity: 'verify-full',
  disabled: 'disable',
  false: 'disable',
  0: 'disable',
}

/**
 * Reads the TLS parameters of a database URL: `sslmode`, and files by `sslrootcert`, `sslcert` and `sslkey`, for
 * PostgreSQL and MySQL alike. Strict, because a driver ignores parameters it does not know and then connects without
 * TLS. The error names the remedy and omits the password.
 */
export function databaseLocation(text: string): DatabaseLocation {
  if (!URL.canParse(text)) throw new Error('is not a URL') // Node's own error has the whole text, with the password
  const url = new URL(text)
  const about = [...url.searchParams].filter(([name]) => /ssl|tls/i.test(name) && name !== 'uselibpqcompat')
  for (const [name, value] of about) {
    if (name === 'sslmode' || name in files) continue
    const mode = otherNames[value.toLowerCase()] ?? (isMode(value.toLowerCase()) ? value.toLowerCase() : 'verify-full')
    throw new Error(`${name} is not a parameter here: write sslmode=${mode}`)
  }
  const given = Object.fromEntries(about)
  if (about.length > Object.keys(given).length) throw new Error('a TLS parameter is given twice')
  for (const [name] of about) url.searchParams.delete(name)

  const { sslmode, ...named } = given
  if (sslmode !== undefined && !isMode(sslmode)) {
    const lower = sslmode.toLowerCase()
    const meant = isMode(lower) ? lower : (otherNames[lower] ?? 'verify-full')
    throw new Error(`sslmode=${sslmode} is not one of ${modes.join(', ')}: write sslmode=${meant}`)
  }
  if (sslmode === undefined || sslmode === 'disable') {
    const [file] = Object.keys(named)
    if (file !== undefined) throw new Error(`${file} has no effect without TLS: add sslmode=verify-full`)
    return { url: about.length === 0 ? text : url.href, tls: undefined }
  }
  if (sslmode === 'verify-full' && url.protocol !== 'postgres:' && url.protocol !== 'postgresql:' && isIP(bare(url)))
    throw new Error(`sslmode=verify-full needs a host name, ${url.hostname} is an address: write the name`)
  const read = Object.fromEntries(
    Object.entries(files).flatMap(([name, as]) => {
      const file = named[name]
      return file === undefined ? [] : [[as, pem(name, file)] as const]
    }),
  ) as Pick<DatabaseTls, 'ca' | 'cert' | 'key'>
  // as in libpq: without a file of issuers, `require` encrypts only
  const verifiesIssuer = sslmode === 'verify-full' || read.ca !== undefined
  return { url: url.href, tls: { ...read, verifiesIssuer, verifiesHost: sslmode === 'verify-full' } }
}

export const nodeTls = ({ verifiesIssuer, verifiesHost, ...pems }: DatabaseTls): ConnectionOptions => ({
  ...pems,
  rejectUnauthorized: verifiesIssuer,
  checkServerIdentity: verifiesHost ? checkServerIdentity : () => undefined,
})

const isMode = (text: string): text is Mode => modes.some(mode => mode === text)

const bare = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1')

function pem(name: string, file: string): string {
  try {
    const text = readFileSync(file, 'utf8')
    if (name !== 'sslkey') expectCertificate(text)
    return text
  } catch (error) {
    throw new Error(`${file} is no file of certificates: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Throws what is wrong with it: OpenSSL ignores a file without a certificate. */
const expectCertificate = (text: string) => new X509Certificate(text).fingerprint256

export interface DatabaseSettings {
  caFile: string | undefined
  requiresTls: boolean
}

export interface DatabaseNames {
  url: string
  caFile: string
  tls: string
}

/** Adds the TLS settings to the URL. Errors name the settings, as operators know them. */
export function databaseUrl(text: string, { caFile, requiresTls }: DatabaseSettings, names: DatabaseNames): string {
  const checked = (url: string, name: string) => {
    try {
      return databaseLocation(url)
    } catch (error) {
      throw new Error(`${name}: ${messageOf(error)}`, { cause: error })
    }
  }
  const { tls } = checked(text, names.url)
  if (requiresTls && !tls)
    throw new Error(`${names.url}: ${names.tls}=required, and it has no TLS: add ?sslmode=verify-full`)
  if (caFile === undefined) return text
  if (!tls) throw new Error(`${names.caFile}: has no effect without TLS: add ?sslmode=verify-full to ${names.url}`)
  const url = new URL(text)
  url.searchParams.set('sslrootcert', caFile)
  checked(url.href, names.caFile)
  return url.href
}
