import { readFileSync } from 'node:fs'

// A Node that is too old would only say that it does not know the ending .ts. So this file keeps to what an old one knows.
const { engines } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const needed = Number.parseInt(engines.node.replace('>=', ''), 10)
if (Number.parseInt(process.versions.node, 10) < needed) {
  console.error(
    `The tests need Node ${needed} or newer and this is ${process.versions.node}: run ./bin/test.sh FILE, which installs the right Node and uses it.`,
  )
  process.exit(1)
}

export default {
  extensions: ['ts', 'js'],
  files: ['**/*.test.ts', '!node_modules/**', '!.local/**', '!.home/**'],
  timeout: '60s',
  concurrency: 3, // for two processors: many tests wait for a server or a process
}
