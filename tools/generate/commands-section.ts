/**
 * Writes the commands for testing into CONTRIBUTING.md, so that the two lists cannot differ; with --check it only
 * compares. `npm run generate` runs it.
 */
import { columns, commands } from '../commands.js'
import { generatedSection } from './generated-file.ts'

const shown = Object.entries(commands).filter(([title]) => /^(Test|Longer runs)/.test(title))
const lines = shown.map(([title, entries]) => `${title}:\n\n${columns(entries).replaceAll(/^/gm, '    ')}`)

await generatedSection('CONTRIBUTING.md', 'tools/commands.js', lines.join('\n\n'))
