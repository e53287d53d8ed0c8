import { usage } from '../failure.ts'

export const wholeNumber =
  (option: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value) || value < least || value > most)
      throw usage(`${option}: "${text}" is not a whole number from ${least} to ${most}`)
    return value
  }
