/**
 * Values that must not be shown, each recognizable in any text, however it is written there. All have one part in
 * common, so that a text is searched once and not once for each; the rest of a value tells where it was planted.
 */
export interface Canaries {
  /** A part of every canary too short to be reported, for filters that guess. */
  hint: string
  text(where: string): string
  /** The same, as a card token may look. */
  token(where: string): string
  /** What a text shows of canaries, with what surrounds it; undefined when it shows none. */
  foundIn(text: string): string | undefined
}

const stemLength = 12
const shortest = 8 // characters of a canary that is cut off and still counts; shorter ones occur by chance
const letters = 'ghjkmnpqrtvwxyz' // no digit of a number in hex, and no word

export function canaries(random: () => number): Canaries {
  const stem = Array.from({ length: stemLength }, () => letters[Math.floor(random() * letters.length)]).join('')
  const mixed = [...stem].map((letter, at) => (at % 2 === 0 ? letter.toUpperCase() : letter)).join('')
  const parts = Array.from({ length: stemLength - shortest + 1 }, (_, at) => mixed.slice(at, at + shortest))
  const anyCase = new RegExp(parts.map(part => part.toLowerCase()).join('|'))
  const exact = new RegExp(parts.flatMap(writtenIn).map(escaped).join('|'))
  return {
    hint: stem.slice(0, 5),
    // quotes, entities, separators, and letters beyond ASCII, as they are in names
    text: where => `"Zoë" O'${mixed} <${where}> & \\é+/=`,
    token: where => `tok_${mixed}_${where.replaceAll(/\W/g, '')}`.slice(0, 60),
    foundIn(text) {
      const at = anyCase.exec(text.toLowerCase())?.index ?? exact.exec(text)?.index
      return at === undefined ? undefined : text.slice(Math.max(0, at - 150), at + 100)
    },
  }
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** Besides the text itself. What a part becomes in base64 depends on how many bytes precede it. */
function writtenIn(part: string): string[] {
  const hex = Buffer.from(part).toString('hex')
  const codes = (write: (code: number) => string) => [...part].map(one => write(one.charCodeAt(0))).join('')
  return [
    ...[part, part.toLowerCase(), part.toUpperCase()].flatMap(base64Of),
    hex,
    hex.toUpperCase(),
    hex.replaceAll(/../g, pair => `%${pair}`),
    hex.replaceAll(/../g, pair => `%${pair.toUpperCase()}`),
    codes(code => String.raw`\u${code.toString(16).padStart(4, '0')}`),
    codes(code => `&#${code};`),
    codes(code => `&#x${code.toString(16)};`),
    Buffer.from(part, 'utf16le').toString('latin1'),
  ]
}

/** The characters that do not depend on the bytes around it. */
const base64Of = (part: string) =>
  [0, 1, 2].map(before => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(part)]).toString('base64')
    return text.slice(before === 0 ? 0 : before + 1, Math.floor((8 * (before + part.length)) / 6))
  })
