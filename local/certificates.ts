import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** PEM. */
export interface Certificate {
  certificate: string
  /** PKCS #8. */
  key: string
}

export interface Authority {
  /** PEM: what clients trust. */
  certificate: string
  issue(hosts: readonly string[]): Certificate
}

// DER, as far as X.509 needs it: Node reads certificates and makes none.
const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const bytes = content.length.toString(16).padStart(2, '0')
  const length = content.length < 128 ? [content.length] : [0x80 + Math.ceil(bytes.length / 2), ...evenHex(bytes)]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
const evenHex = (hex: string) => Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
const sequence = (...parts: Buffer[]) => der(0x30, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const octets = (content: Buffer) => der(0x04, content)
const bits = (content: Buffer) => der(0x03, Buffer.from([0]), content)
const time = (at: Date) => der(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`))

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
const nameOf = (text: string) => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))))
const extension = (id: string, value: Buffer, critical = false) =>
  sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), octets(value))

const basicConstraints = (isAuthority: boolean) =>
  extension('551d13', sequence(...(isAuthority ? [der(0x01, Buffer.from([0xff]))] : [])), true)
const alternativeNames = (hosts: readonly string[]) =>
  extension(
    '551d11',
    sequence(
      ...hosts.map(host =>
        isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
      ),
    ),
  )

const daysValid = 7

function signed(
  subject: string,
  issuer: string,
  publicKey: KeyObject,
  signer: KeyObject,
  extensions: Buffer[],
): string {
  const now = Date.now()
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]) // positive, as it begins with 1
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(new Date(now - 3_600_000)), time(new Date(now + daysValid * 86_400_000))),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  const whole = sequence(content, ecdsaWithSha256, bits(sign('sha256', content, signer)))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

export function certificateAuthority(name: string): Authority {
  const { publicKey, privateKey } = keyPair()
  return {
    certificate: signed(name, name, publicKey, privateKey, [basicConstraints(true)]),
    issue(hosts) {
      const own = keyPair()
      return {
        certificate: signed(hosts[0] ?? name, name, own.publicKey, privateKey, [
          basicConstraints(false),
          alternativeNames(hosts),
        ]),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }
    },
  }
}
