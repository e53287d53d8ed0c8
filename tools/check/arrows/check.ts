import { importsOf, targetOf, type Import } from './imports.ts'
import type { Room } from './rooms.ts'

export interface Table {
  rooms: Readonly<Record<string, Room>>
  computed: Readonly<Record<string, string>>
  workspaces: ReadonlyMap<string, string>
}

interface Match {
  row: string
  service: string
}

export interface Checked {
  problems: string[]
  imports: string[]
  used: string[]
}

export const words = (list = ''): string[] => list.split(/\s+/).filter(Boolean)

export function alternatives(pattern: string): string[] {
  const [all, inside = ''] = /\{([^{}]*)\}/.exec(pattern) ?? []
  return all === undefined ? [pattern] : inside.split(',').flatMap(one => alternatives(pattern.replace(all, one)))
}

const patterns = new Map<string, RegExp>()

function expression(glob: string): RegExp {
  const known = patterns.get(glob)
  if (known) return known
  const source = alternatives(glob)
    .map(one =>
      one
        .replaceAll(/[.+^$()|[\]\\]/g, '\\$&')
        .replaceAll(/\*\*|\*/g, stars => (stars === '**' ? '.*' : '[^/]*'))
        .replace('<service>', '([a-z-]+-service)')
        .replaceAll('<service>', '\\1'),
    )
    .join('|')
  const made = new RegExp(`^(?:${source})$`)
  patterns.set(glob, made)
  return made
}

const isTest = (path: string) => path.endsWith('.test.ts')
const isCode = (path: string) => /\.[cm]?[jt]sx?$/.test(path)

/** The service in the path, '' if there is none; undefined if no glob matches. */
function serviceOf(path: string, globs: readonly string[]): string | undefined {
  for (const glob of globs) {
    if (isCode(path) && isTest(path) !== isTest(glob)) continue
    const match = expression(glob).exec(path)
    if (match) return match.slice(1).find(Boolean) ?? /^[a-z-]+-service(?=\/)/.exec(path)?.[0] ?? ''
  }
  return undefined
}

export function roomsOf(path: string, { rooms }: Table): Match[] {
  return Object.entries(rooms).flatMap(([row, { files, except }]) => {
    const service = serviceOf(path, words(files))
    return service === undefined || serviceOf(path, words(except)) !== undefined ? [] : [{ row, service }]
  })
}

const nameOf = ({ row, service }: Match) => row.replace('<service>', service)

export function checkFile(path: string, text: string, table: Table): Checked {
  const checked: Checked = { problems: [], imports: [], used: [] }
  const [match, ...more] = roomsOf(path, table)
  if (!match || more.length > 0) {
    const where = more.length > 0 ? [match, ...more].map(one => one && nameOf(one)).join(' and ') : 'no room'
    checked.problems.push(`${path}:1 is in ${where}; every file belongs to exactly one: tools/check/arrows/rooms.ts`)
    return checked
  }
  for (const one of importsOf(path, text)) {
    const wrong = refusal(path, match, one, table, checked)
    if (wrong !== undefined)
      checked.problems.push(`${path}:${one.line} may not import ${one.specifier ?? 'a computed specifier'}: ${wrong}`)
  }
  return checked
}

/** Why an import is refused; undefined if it is allowed. */
function refusal(path: string, match: Match, one: Import, table: Table, checked: Checked): string | undefined {
  if (one.specifier === undefined) {
    if (!Object.hasOwn(table.computed, path))
      return 'specifiers are literals; exceptions are listed with a reason in tools/check/arrows/rooms.ts'
    checked.used.push(`computed: ${path}`)
    return undefined
  }
  const target = targetOf(path, one.specifier, table.workspaces)
  if ('wrong' in target) return target.wrong
  const room = table.rooms[match.row] as Room
  const allow = (entry: string) => void checked.used.push(`${match.row}: ${entry}`)
  if ('package' in target) {
    const entry = words(room.packages)
      .flatMap(alternatives)
      .find(allowed => allowsPackage(allowed, target.package))
    if (entry === undefined) return mayOnly(match, room)
    return allow(entry)
  }
  checked.imports.push(target.file)
  const there = roomsOf(target.file, table)
  if (there.length === 0) return 'it is in no room'
  if (there.some(other => nameOf(other) === nameOf(match)))
    return room.apart ? `files of ${nameOf(match)} may not import each other${reason(room)}` : undefined
  const isAllowed = (entry: string) => {
    const bound = entry.replaceAll('<service>', match.service || '*-service')
    return bound.endsWith('.ts')
      ? expression(bound).test(target.file)
      : there.some(other => expression(bound).test(nameOf(other)))
  }
  const entry = words(room.imports).flatMap(alternatives).find(isAllowed)
  if (entry !== undefined) return allow(entry)
  const loaded = words(room.loads).flatMap(alternatives).find(isAllowed)
  if (loaded === undefined) return mayOnly(match, room)
  if (one.when === 'start') return `${nameOf(match)} may load ${loaded} only by import() or import type${reason(room)}`
  return allow(loaded)
}

const allowsPackage = (entry: string, name: string) =>
  entry === 'node:*' ? name.startsWith('node:') && name !== 'node:module' : expression(entry).test(name)

const reason = ({ why }: Room) => (why === undefined ? '' : `; ${why}`)

function mayOnly(match: Match, room: Room): string {
  const { imports, loads, packages } = room
  const all = [...words(imports), ...words(loads), ...words(packages)].map(one =>
    one.replaceAll('<service>', match.service || '*-service'),
  )
  return `${nameOf(match)} may import ${all.length === 0 ? 'nothing' : all.join(', ')}${reason(room)}`
}

export function unused({ rooms, computed }: Table, used: ReadonlySet<string>): string[] {
  const entries = [
    ...Object.entries(rooms).flatMap(([row, { imports, loads, packages }]) =>
      [imports, loads, packages]
        .flatMap(words)
        .flatMap(alternatives)
        .map(entry => `${row}: ${entry}`),
    ),
    ...Object.keys(computed).map(path => `computed: ${path}`),
  ]
  return entries
    .filter(entry => !used.has(entry))
    .map(entry => `tools/check/arrows/rooms.ts has an entry that no import needs: ${entry}`)
}

export function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = []
  const isDone = new Set<string>()
  for (const start of graph.keys()) {
    if (isDone.has(start)) continue
    const circle = shortestCircle(start, graph)
    if (!circle) continue
    circles.push(circle)
    for (const file of circle) isDone.add(file)
  }
  return circles
}

function shortestCircle(start: string, graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const from = new Map<string, string>()
  for (const queue = [start]; ;) {
    const file = queue.shift()
    if (file === undefined) return undefined
    for (const next of graph.get(file) ?? []) {
      if (next === start) {
        const way = [file]
        for (let at = file; at !== start;) way.unshift((at = from.get(at) as string)) // each was reached from another
        return way
      }
      if (from.has(next)) continue
      from.set(next, file)
      queue.push(next)
    }
  }
}
