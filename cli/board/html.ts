import { clean } from '../render/width.ts'

/** Markup that may go into a page as it is. Only `html` makes it, so text of other people is always escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | false | undefined | readonly Part[]

/** Escapes every value but Html itself, and leaves out control characters and bidirectional overrides. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, at) => text + markup(values[at - 1]) + string))
}

function markup(part: Part): string {
  if (part instanceof Html) return part.text
  if (part === undefined || part === false) return ''
  if (typeof part === 'object') return part.map(markup).join('')
  return clean(String(part)).replaceAll(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)
}
