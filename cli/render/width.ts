import { eastAsianWidth } from 'get-east-asian-width'

// without the loader of ES modules: it is there already
const { stripVTControlCharacters } = process.getBuiltinModule('node:util')

const unseen = /[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/u

const widthOfLetter = (letter: string) => (unseen.test(letter) ? 0 : eastAsianWidth(letter.codePointAt(0) ?? 0))

/** What people take for one letter: a family of emoji is several, joined. */
let segmenter: Intl.Segmenter | undefined // takes some 10 ms to load, and few texts need it
const signsOf = (text: string) => (segmenter ??= new Intl.Segmenter()).segment(text)
let emoji: RegExp | undefined // the same: 16 ms, even when it stands as a literal that is never used
const isEmoji = (sign: string) => (emoji ??= new RegExp('^\\p{RGI_Emoji}', 'v')).test(sign)

function widthOfSign(sign: string): number {
  if (isEmoji(sign)) return 2 // whatever it is joined of, and also what only a selector behind it makes one
  let width = 0
  for (const letter of sign) width += widthOfLetter(letter)
  return width
}

/** How many columns of a terminal a text occupies; colours occupy none. */
export function widthOf(text: string): number {
  const plain = stripVTControlCharacters(text)
  if (/^[\u0020-\u007e…–×·]*$/.test(plain)) return plain.length // nearly all there is
  let width = 0
  for (const { segment } of signsOf(plain)) width += widthOfSign(segment)
  return width
}

/** Cut to at most `columns` columns; -o json shows the whole text. For text without colours. */
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

/** Padded with spaces to `columns` columns. */
export const padded = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/**
 * Removes control characters and bidirectional overrides from what other people wrote. The two joiners stay: they make
 * one emoji of several, and words of Persian and Hindi.
 */
export const clean = (text: string) => text.replaceAll(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, ' ')

/** The same; the lines stay. */
export const plainly = (text: string) => text.split('\n').map(clean).join('\n')
