/** test/support/events.ts names its builders so: `stock.reserved` -> `stockReserved`. */
const builderOf = (type: string) => type.replaceAll(/[._](\w)/g, (_, letter: string) => letter.toUpperCase())

export const untestedEvents = (service: string, published: Iterable<string>, tests: readonly string[]): string[] =>
  [...published]
    .filter(type => !tests.some(text => text.includes(`'${type}'`)))
    .map(
      type => `${service} publishes ${type}, and no test of it says so: expect it in one of ${service}/src/*.test.ts`,
    )

export const untestedHandlers = (service: string, handled: Iterable<string>, tests: readonly string[]): string[] =>
  [...handled]
    .filter(type => {
      const named = new RegExp(`'${type.replaceAll('.', '\\.')}'|\\b${builderOf(type)}\\b`)
      return !tests.some(text => named.test(text))
    })
    .map(
      type => `${service} handles ${type}, and no test of it does: tell it as a story in ${service}/src/*.db.test.ts`,
    )
