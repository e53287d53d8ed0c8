export const modes = ['kill', 'throw', 'hang', 'do-then-fail'] as const
export type Mode = (typeof modes)[number]

/** What a service is told: the next time that it reaches the failpoint, this happens, once. */
export interface Order {
  failpoint: string
  mode: Mode
}

export interface Told {
  fired: string
}
