import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'

export function filesOfCheckout(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return listed.split('\0').filter(file => file !== '' && existsSync(join(root, file))) // or it is deleted, and that is not committed
}

export function copyCheckout(to: string): void {
  for (const file of filesOfCheckout()) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    cpSync(join(root, file), join(to, file))
  }
  for (const folder of globSync('{,*/,packages/*/}node_modules', { cwd: root })) linkModules(folder, to)
}

/** Packages are links to the original ones; our own lead into the copy, or the planted bugs would never be loaded. */
function linkModules(folder: string, to: string): void {
  mkdirSync(join(to, folder), { recursive: true })
  for (const name of readdirSync(join(root, folder))) {
    if (name === '.cache') continue // ava's cache of this copy belongs to it alone
    if (name === '@docket')
      // they are relative
      cpSync(join(root, folder, name), join(to, folder, name), { recursive: true, verbatimSymlinks: true })
    else symlinkSync(join(root, folder, name), join(to, folder, name))
  }
}
