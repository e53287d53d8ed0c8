import { isBuiltin } from 'node:module'
import { parseSync, Visitor } from 'oxc-parser'

export interface Import {
  line: number
  /** As written; undefined if it is computed. */
  specifier: string | undefined
  when: 'start' | 'later' | 'type'
}

type Source = { type: string; value?: unknown; quasis?: { value: { cooked?: string | null } }[] } | undefined

function textOf(source: Source): string | undefined {
  if (source?.type === 'Literal' && typeof source.value === 'string') return source.value
  if (source?.type === 'TemplateLiteral' && source.quasis?.length === 1)
    return source.quasis[0]?.value.cooked ?? undefined
  return undefined
}

const loaders = new Set(['import.meta.resolve', 'process.getBuiltinModule', 'require', 'require.resolve'])

export function importsOf(file: string, text: string): Import[] {
  const { program, errors, comments } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file} cannot be parsed: ${errors[0].message}`)
  const found: Import[] = []
  const known = new Set<number>() // call sites where getBuiltinModule is called directly rather than under another name
  const add = (start: number, source: Source, when: Import['when']) =>
    void found.push({ line: text.slice(0, start).split('\n').length, specifier: textOf(source), when })
  new Visitor({
    ImportDeclaration: node => add(node.start, node.source, node.importKind === 'type' ? 'type' : 'start'),
    ExportAllDeclaration: node => add(node.start, node.source, node.exportKind === 'type' ? 'type' : 'start'),
    ExportNamedDeclaration(node) {
      if (node.source) add(node.start, node.source, node.exportKind === 'type' ? 'type' : 'start')
    },
    ImportExpression: node => add(node.start, node.source, 'later'),
    TSImportType: node => add(node.start, node.source, 'type'),
    TSExternalModuleReference: node => add(node.start, node.expression, 'start'),
    CallExpression(node) {
      const callee = text.slice(node.callee.start, node.callee.end).replaceAll(/\s|\?\./g, match => match.slice(1))
      if (!loaders.has(callee)) return
      if (callee === 'process.getBuiltinModule') known.add(node.callee.end)
      add(node.start, node.arguments[0], 'later')
    },
    Identifier(node) {
      if (node.name === 'getBuiltinModule' && !known.has(node.end)) add(node.start, undefined, 'later')
    },
  }).visit(program)
  for (const { start, value } of comments) {
    const [, name] = /^\/\s*<reference\s+(?:path|types)="([^"]+)"/.exec(value) ?? []
    if (name !== undefined) found.push({ line: text.slice(0, start).split('\n').length, specifier: name, when: 'type' })
  }
  return found.sort((one, other) => one.line - other.line)
}

export type Target = { file: string } | { package: string } | { wrong: string }

/** Resolves a specifier to a file of the repository or to a package (`node:…` for a Node module). */
export function targetOf(file: string, specifier: string, workspaces: ReadonlyMap<string, string>): Target {
  if (isBuiltin(specifier)) return { package: `node:${specifier.replace(/^node:/, '').split('/')[0]}` }
  if (/^\.{1,2}(\/|$)/.test(specifier)) {
    const { pathname } = new URL(specifier, `file:///repository/${file}`)
    const path = decodeURIComponent(pathname)
    if (!path.startsWith('/repository/')) return { wrong: 'it leaves the repository' }
    if (path.includes('/node_modules/')) return { wrong: 'packages are imported by name' }
    return { file: path.slice('/repository/'.length) }
  }
  if (/^[/#]|^[a-z+.-]+:/i.test(specifier))
    return { wrong: 'an import is a relative path, a package or a node: module' }
  const [, name = '', path] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(specifier) ?? []
  const folder = workspaces.get(name)
  if (folder === undefined) return { package: name }
  if (path === undefined) return { wrong: 'a file of the workspace has to be named' }
  return targetOf(`${folder}/package.json`, `./${path}`, workspaces)
}
