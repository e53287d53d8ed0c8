export interface Carrier {
  /** It may sign with either, so that its secret can be changed. */
  secrets: readonly string[]
  /** What it reports counts at once, as if an operator had confirmed it. */
  isTrusted: boolean
}

export type Carriers = ReadonlyMap<string, Carrier>

const setting = /^CARRIER_([A-Z0-9]+(?:_[A-Z0-9]+)*)_SECRETS$/

export const isSecretsSetting = (name: string) => setting.test(name)

/** By their names in paths: CARRIER_HARBOUR_POST_SECRETS sets up harbour-post. */
export const carriersOf = (settings: Readonly<Record<string, unknown>>): Carriers =>
  new Map(
    Object.entries(settings).flatMap(([name, secrets]) => {
      const carrier = setting.exec(name)?.[1]
      if (carrier === undefined || !Array.isArray(secrets)) return []
      const isTrusted = settings[`CARRIER_${carrier}_TRUSTED`] === true
      return [[carrier.toLowerCase().replaceAll('_', '-'), { secrets: secrets.map(String), isTrusted }]]
    }),
  )
