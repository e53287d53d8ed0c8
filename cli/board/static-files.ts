import { fileURLToPath } from 'node:url'
import { readTextSync, smallFile } from '../input/files.ts'
import type { StaticFile } from './server.ts'

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const

const own = ['board.css', 'board.js', 'charts.js', 'icon.svg', 'morph.js', 'stream.js', 'theme.js']

/** By the path that a browser asks for. Read when the board starts, so nothing that is asked for names a file. */
export function staticFiles(): ReadonlyMap<string, StaticFile> {
  const page = (name: string) => fileURLToPath(new URL(`page/${name}`, import.meta.url))
  return new Map([
    ['/', fileAt(page('index.html'), types.html)],
    ...own.map(name => [`/${name}`, fileAt(page(name), typeOf(name))] as const),
    ['/uplot.js', fileAt(fileURLToPath(import.meta.resolve('uplot/dist/uPlot.iife.min.js')), types.js)],
    ['/uplot.css', fileAt(fileURLToPath(import.meta.resolve('uplot/dist/uPlot.min.css')), types.css)],
  ])
}

const fileAt = (path: string, type: string): StaticFile => ({ type, text: readTextSync(path, smallFile('the page')) })

const typeOf = (name: string) => types[name.split('.').at(-1) as keyof typeof types]
