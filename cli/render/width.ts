// without the loader of ES modules: it is there already
const { stripVTControlCharacters } = process.getBuiltinModule('node:util')

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const without = /[\p{Mn}\p{Me}\u200c\u200d]/u

const widthOfLetter = (letter: string) => (wide.test(letter) ? 2 : without.test(letter) ? 0 : 1)

/** What people take for one letter: a family of emoji is several, joined. */
let segmenter: Intl.Segmenter | undefined // takes some 50 ms to load, and few texts need it
const signsOf = (text: string) => (segmenter ??= new Intl.Segmenter()).segment(text)
const isJoinedEmoji = /\p{Extended_Pictographic}.*(?:\u200d|\p{Emoji_Modifier})/su

function widthOfSign(sign: string): number {
  if (isJoinedEmoji.test(sign)) return 2
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
