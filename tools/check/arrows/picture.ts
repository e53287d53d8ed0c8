import { words } from './check.ts'
import type { Room } from './rooms.ts'

const width = 116 // columns; four more for indentation as code
const column = 24

export function picture(rooms: Readonly<Record<string, Room>>): string {
  return Object.entries(rooms)
    .map(([name, { imports, loads, packages }]) => {
      const group = name.includes('/') ? name.replace(/\/.*/, '/') : undefined
      const short = (target: string) =>
        group !== undefined && target.startsWith(group)
          ? `./${target.slice(group.length)}`
          : target.replace('packages/', '')
      const listed = (list: string | undefined) => words(list).map(short)
      const npm = words(packages).filter(one => !one.startsWith('node:'))
      const parts = [
        ...commas(listed(imports)),
        ...(loads === undefined ? [] : ['; loads', ...commas(listed(loads))]),
        ...(npm.length === 0
          ? []
          : commas(
              npm.map((one, at) => `${at === 0 ? '[' : ''}${one}`),
              ']',
            )),
      ]
      return wrapped(name, parts.length === 0 ? ['nothing'] : parts)
    })
    .join('\n')
}

const commas = (list: readonly string[], end = '') =>
  list.map((one, at) => (at < list.length - 1 ? `${one},` : `${one}${end}`))

function wrapped(name: string, parts: readonly string[]): string {
  const lines: string[] = []
  let line = `${name.padEnd(column)}->`
  for (const part of parts) {
    const longer = part.startsWith(';') ? `${line}${part}` : `${line} ${part}`
    if (longer.length <= width) {
      line = longer
      continue
    }
    lines.push(line)
    line = `${' '.repeat(column + 2)} ${part}`
  }
  return [...lines, line].join('\n')
}
