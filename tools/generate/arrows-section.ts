/**
 * Writes the arrows of production into ARCHITECTURE.md, so that the page cannot differ from the check; with --check it
 * only compares. `npm run generate` runs it.
 */
import { picture } from '../check/arrows/picture.ts'
import { production } from '../check/arrows/rooms.ts'
import { generatedSection } from './generated-file.ts'

await generatedSection('ARCHITECTURE.md', 'tools/check/arrows/rooms.ts', picture(production).replaceAll(/^/gm, '    '))
