/** The statements of a file of migrations, each ended by a semicolon at the end of its line. */
export const statementsOf = (sql: string) =>
  sql
    .split(/;[^\S\n]*(?:--[^\n]*)?(?:\n|$)/)
    .map(text => text.trim())
    .filter(text => text.replaceAll(/--[^\n]*/g, '').trim() !== '')

export const bare = (statement: string) =>
  statement
    .replaceAll(/--[^\n]*/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()

export const nameOf = (text: string | undefined) => (text ?? '').replaceAll(/["`]|^public\./gi, '').toLowerCase()

export const actionsOf = (text: string) => text.split(/,(?![^(]*\))/).map(action => action.trim())
