/** No more than so many UTF-16 units of the text. Half a character, which a cut may leave, is replaced: it is not text. */
export const cut = (text: string, most: number): string => text.slice(0, most).toWellFormed()
