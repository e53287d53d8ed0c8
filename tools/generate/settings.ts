import { parseSync, Visitor } from 'oxc-parser'

const ofNpm = 'INIT_CWD' // where a script was called
const isSetting = (name: string) => /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(name) && name !== ofNpm

const describesSettings = (file: string) =>
  /^packages\/chassis\/(?:[\w/]+\/)?(?:config|settings)\.ts$|^[a-z]+-service\/src\/main\.ts$/.test(file)

export function settingsIn(file: string, text: string): string[] {
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file} cannot be parsed: ${errors[0].message}`)
  const found = new Set<string>()
  new Visitor({
    Property({ key, computed }) {
      if (!computed && key.type === 'Identifier' && isSetting(key.name) && describesSettings(file)) found.add(key.name)
    },
    MemberExpression({ object, property, computed }) {
      if (computed || property.type !== 'Identifier' || !isSetting(property.name)) return
      if (/(?:^|\.)env$/.test(text.slice(object.start, object.end))) found.add(property.name)
    },
  }).visit(program)
  return [...found]
}
