/** Chooses what an image needs of the repository: `node k8s/image/production.ts SERVICE ROOT INTO`. See Dockerfile. */
import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Choice {
  name: string
  files: string[]
  main: string
  health: string
}

function choiceFor(service: string, folderOf: (name: string) => string): Choice {
  const name = `@docket/${service}`
  return service === 'cli'
    ? {
        name,
        files: ['k8s/image/management.ts', 'k8s/image/management-healthcheck.ts'],
        main: 'k8s/image/management.ts',
        health: 'k8s/image/management-healthcheck.ts',
      }
    : {
        name,
        files: [],
        main: `${folderOf(name)}/src/main.ts`,
        health: `${folderOf('@docket/chassis')}/healthcheck.ts`,
      }
}

const unwanted = /\.test\.ts$|\/node_modules(\/|$)|-service\/bin|\.log$/

interface Package {
  name: string
  workspaces?: string[]
  dependencies?: Record<string, string>
  devDependencies?: object
  optionalDependencies?: object
  scripts?: object
  allowScripts?: object
}

const readPackage = (root: string, folder: string) =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Package

function workspaceFolders(root: string): Map<string, string> {
  const folders = globSync(
    (readPackage(root, '.').workspaces ?? []).map(pattern => `${pattern}/package.json`),
    { cwd: root },
  ).map(file => file.slice(0, -'/package.json'.length))
  return new Map(folders.map(folder => [readPackage(root, folder).name, folder]))
}

function closure(
  name: string,
  root: string,
  folders: ReadonlyMap<string, string>,
  found = new Set<string>(),
): Set<string> {
  const folder = folders.get(name)
  if (folder === undefined || found.has(name)) return found
  found.add(name)
  for (const dependency of Object.keys(readPackage(root, folder).dependencies ?? {}))
    closure(dependency, root, folders, found)
  return found
}

export function choose(service: string, root: string, into: string): void {
  const folders = workspaceFolders(root)
  const folderOf = (name: string) => {
    const folder = folders.get(name)
    if (folder === undefined) throw new Error(`${name} is not a package of this repository`)
    return folder
  }
  const { name, files, main, health } = choiceFor(service, folderOf)
  folderOf(name)
  const workspaces = [...closure(name, root, folders)].map(folderOf).sort()
  const names = join(into, 'names')
  const app = join(into, 'app')
  mkdirSync(names, { recursive: true })
  for (const file of ['package-lock.json', '.npmrc']) cpSync(join(root, file), join(names, file))
  for (const folder of ['.', ...workspaces]) writePackage(root, names, folder, workspaces)
  for (const part of [...workspaces, ...files]) {
    cpSync(join(root, part), join(app, part), {
      recursive: true,
      filter: from => !unwanted.test(from.slice(root.length).replace(/^\//, '')),
    })
  }
  for (const folder of workspaces) writePackage(root, app, folder, workspaces)
  cpSync(join(root, 'LICENSE'), join(app, 'LICENSE'))
  symlinkSync(main, join(app, 'main.ts'))
  symlinkSync(health, join(app, 'health.ts'))
  if (service === 'cli') writeMgmt(app)
}

/**
 * Without what only developers need; npm would install the development dependencies of a workspace that another one
 * needs.
 */
function writePackage(root: string, into: string, folder: string, workspaces: string[]): void {
  const {
    devDependencies: _dev,
    optionalDependencies: _optional,
    scripts: _scripts,
    allowScripts: _allowed,
    ...kept
  } = readPackage(root, folder)
  if (folder === '.') kept.workspaces = workspaces
  mkdirSync(join(into, folder), { recursive: true })
  writeFileSync(join(into, folder, 'package.json'), `${JSON.stringify(kept, undefined, 2)}\n`)
}

function writeMgmt(app: string): void {
  mkdirSync(join(app, 'bin'))
  writeFileSync(join(app, 'bin/mgmt'), '#!/bin/sh\nexec node /app/cli/main.ts "$@"\n', { mode: 0o755 })
}

if (import.meta.main) {
  const [service = '', root = '', into = ''] = process.argv.slice(2)
  choose(service, root, into)
}
