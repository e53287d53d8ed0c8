export const modes = ['kill', 'throw', 'hang', 'do-then-fail'] as const
export type Mode = (typeof modes)[number]

export interface Order {
  failpoint: string
  mode: Mode
}

export interface Told {
  fired: string
}
