import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Table } from './check.ts'
import { computed, development, production } from './rooms.ts'

export function tableOf(root: string): Table {
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as unknown
  const { workspaces } = read('package.json') as { workspaces: string[] }
  const manifests = globSync(
    workspaces.map(folder => `${folder}/package.json`),
    { cwd: root },
  )
  return {
    rooms: { ...production, ...development },
    computed,
    workspaces: new Map(manifests.map(file => [(read(file) as { name: string }).name, dirname(file)])),
  }
}
