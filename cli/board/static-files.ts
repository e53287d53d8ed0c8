import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { readTextSync, smallFile } from '../input/files.ts'
import type { StaticFile } from './server.ts'

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const

const folder = 'cli/board/page'
const own = ['board.css', 'board.js', 'charts.js', 'icon.svg', 'language.js', 'morph.js', 'stream.js', 'theme.js']
const library = 'node_modules/uplot/dist'

/** By the path that a browser asks for. Read when the board starts, so nothing that is asked for names a file. */
export function staticFiles(): ReadonlyMap<string, StaticFile> {
  return new Map([
    ['/', fileAt(`${folder}/index.html`, types.html)],
    ...own.map(name => [`/${name}`, fileAt(`${folder}/${name}`, typeOf(name))] as const),
    ['/uplot.js', fileAt(`${library}/uPlot.iife.min.js`, types.js)],
    ['/uplot.css', fileAt(`${library}/uPlot.min.css`, types.css)],
  ])
}

/** From the root, because mgmt may run as one bundled file. */
const fileAt = (path: string, type: string): StaticFile => ({
  type,
  text: readTextSync(join(root, path), smallFile('the page')),
})

const typeOf = (name: string) => types[name.split('.').at(-1) as keyof typeof types]
