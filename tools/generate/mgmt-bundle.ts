/**
 * Bundles mgmt into one file: node tools/generate/mgmt-bundle.ts. bin/mgmt runs the bundle, and makes it again when one
 * of its sources has changed. Loading a hundred files takes Node longer than most commands run: bundled, creating an
 * order takes less than two thirds of the time.
 */
import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { build } from 'esbuild'

const folder = join(root, 'node_modules/.cache/docket') // beside the packages that stay outside, so that they are found
const began = new Date()
const fresh = join(folder, `mgmt.${process.pid}`) // several processes may bundle at once

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['cli/main.ts'],
  outfile: `${fresh}.cjs`,
  metafile: true,
  logLevel: 'warning',
  bundle: true,
  platform: 'node',
  target: 'node26',
  format: 'cjs', // an ES module makes Node load everything that its own modules offer
  external: ['kafkajs', 'inquirer', 'pg', 'mysql2'], // large, and needed by few commands
  define: { 'import.meta.url': 'sourceUrl' }, // only addresses.ts uses its own location
  banner: {
    js: `const sourceUrl = require('node:url').pathToFileURL(require('node:path').join(__dirname, '../../../packages/addresses/addresses.ts')).href`,
  },
})
const sources = Object.keys(metafile.inputs).filter(file => !file.startsWith('node_modules/'))
mkdirSync(folder, { recursive: true })
utimesSync(`${fresh}.cjs`, began, began) // whatever changes meanwhile counts as newer
writeFileSync(`${fresh}.sources`, ['tools/generate/mgmt-bundle.ts', 'package-lock.json', ...sources, ''].join('\n'))
renameSync(`${fresh}.sources`, join(folder, 'mgmt.sources'))
renameSync(`${fresh}.cjs`, join(folder, 'mgmt.cjs'))
