import { eastAsianWidth } from 'get-east-asian-width'

// avoids the ES module loader, as the module is already loaded
const { stripVTControlCharacters } = process.getBuiltinModule('node:util')

const unseen = /[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/u

const widthOfLetter = (letter: string) => (unseen.test(letter) ? 0 : eastAsianWidth(letter.codePointAt(0) ?? 0))

/** What people see as one letter may be several characters, such as a family emoji. */
let segmenter: Intl.Segmenter | undefined // takes some 10 ms to load, and few texts need it
const signsOf = (text: string) => (segmenter ??= new Intl.Segmenter()).segment(text)
let emoji: RegExp | undefined // likewise: 16 ms, even as a literal that is never used
const isEmoji = (sign: string) => (emoji ??= new RegExp('^\\p{RGI_Emoji}', 'v')).test(sign)

function widthOfSign(sign: string): number {
  if (isEmoji(sign)) return 2 // whatever it is composed of, or if only a variation selector makes it one
  let width = 0
  for (const letter of sign) width += widthOfLetter(letter)
  return width
}

/** Colours occupy no columns, and some characters two. */
export function widthOf(text: string): number {
  const plain = stripVTControlCharacters(text)
  if (/^[\u0020-\u007e…–×·]*$/.test(plain)) return plain.length // the most common case
  let width = 0
  for (const { segment } of signsOf(plain)) width += widthOfSign(segment)
  return width
}

export function short(text: string, most: number): string {
  if (widthOf(text) <= most) return text
  let [kept, width] = ['', 0]
  for (const { segment } of signsOf(text)) {
    width += widthOfSign(segment)
    if (width > most - 1) break
    kept += segment
  }
  return most > 0 ? `${kept}…` : ''
}

export const padded = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/**
 * Removes control characters and bidirectional overrides from text of other people. The two joiners stay, because
 * emoji, Persian and Hindi need them.
 */
export const clean = (text: string) => text.replaceAll(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, ' ')

export const plainly = (text: string) => text.split('\n').map(clean).join('\n')
