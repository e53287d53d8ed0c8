/** Chooses what an image needs of the repository: `node k8s/image/production.ts SERVICE ROOT INTO`. See Dockerfile. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Choice {
  /** Folders, or files where a folder has more than is needed. */
  parts: string[]
  /** What process 1 runs. */
  main: string
  /** What the health command runs. */
  health: string
}

/** The books know the addresses of a local stack; the rest of local/ starts servers, and stays outside. */
const ofLocal = ['local/package.json', 'local/addresses.ts', 'local/environment.ts', 'local/secrets.ts']

function choiceFor(service: string): Choice {
  return service === 'cli'
    ? { parts: ['kafka', 'books', 'cli', ...ofLocal], main: 'cli/idle.ts', health: 'cli/idle-health.ts' }
    : { parts: ['kafka', 'chassis', service], main: `${service}/src/main.ts`, health: 'chassis/health.ts' }
}

const unwanted = /\.test\.ts$|\/node_modules(\/|$)|^kafka\/generate(\/|\.ts)|^cli\/bundle\.ts$|-testing\.ts$|-service\/bin|\.log$/

interface Package {
  workspaces?: string[]
  dependencies?: Record<string, string>
  devDependencies?: object
  optionalDependencies?: object
  scripts?: object
  allowScripts?: object
}

/** Two folders: `names`, what npm needs to install packages, and `app`, our own files. */
export function choose(service: string, root: string, into: string): void {
  const { parts, main, health } = choiceFor(service)
  const workspaces = [...new Set(parts.map(part => part.split('/')[0] ?? part))]
  const names = join(into, 'names')
  const app = join(into, 'app')
  mkdirSync(names, { recursive: true })
  for (const file of ['package-lock.json', '.npmrc']) cpSync(join(root, file), join(names, file))
  for (const folder of ['.', ...workspaces]) writePackage(root, names, folder, workspaces)
  for (const part of parts) {
    if (part.endsWith('/package.json')) continue
    cpSync(join(root, part), join(app, part), { recursive: true, filter: from => !unwanted.test(from.slice(root.length).replace(/^\//, '')) })
  }
  for (const folder of workspaces) writePackage(root, app, folder, workspaces)
  cpSync(join(root, 'LICENSE'), join(app, 'LICENSE'))
  symlinkSync(main, join(app, 'main.ts'))
  symlinkSync(health, join(app, 'health.ts'))
  if (service === 'cli') writeMgmt(app)
}

/** Without what only developers need; npm would install the development dependencies of a workspace that another one needs. */
function writePackage(root: string, into: string, folder: string, workspaces: string[]): void {
  const { devDependencies: _dev, optionalDependencies: _optional, scripts: _scripts, allowScripts: _allowed, ...kept } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Package
  if (folder === '.') kept.workspaces = workspaces
  if (folder === 'local') kept.dependencies = {} // the chosen files import none
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
