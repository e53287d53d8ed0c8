import type { Command, Option } from 'commander'
import { entries } from '../generated/commands.ts'
import { configFolder, readContexts } from '../client/context.ts'
import { outOfPatience } from '../client/patience.ts'
import type { Mgmt } from '../mgmt.ts'
import type { Item, Order } from '../client/shapes.ts'

type Live = (mgmt: Mgmt) => Promise<string[]>

const liveLimitMs = 2_000 // nobody waits longer for the Tab key
const most = 50

const orderIds: Live = async mgmt => (await mgmt.api.list<Order>('order', '/orders', {}, most)).map(({ id }) => id)
const skus: Live = async mgmt => (await mgmt.api.list<Item>('inventory', '/items', {}, 500)).map(({ sku }) => sku)
const topicNames: Live = async () => {
  const { declaredTopics } = await import('@docket/kafka/topics.ts')
  return declaredTopics.map(({ topic }) => topic)
}
const eventTypes: Live = async () => {
  const { topicOf } = await import('@docket/contract/generated/contract.ts')
  return Object.keys(topicOf)
}
const contexts: Live = async () => ['local', ...Object.keys(readContexts(configFolder(process.env)).contexts)]
const drills: Live = async () => Object.keys((await import('../system/drills.ts')).drills)
const helpNames: Live = async () => Object.keys((await import('../help-pages.ts')).helpPages)

const byOption: Record<string, Live> = {
  '--order': orderIds,
  '--sku': skus,
  '--topic': topicNames,
  '--type': eventTypes,
  '--context': contexts,
  '--wait': async () => Object.keys((await import('@docket/contract/flows.ts')).flows),
  '--line': async mgmt => (await skus(mgmt)).map(sku => `${sku}=`),
}
const byArgument: Record<string, Live> = {
  'order-id': orderIds,
  sku: skus,
  'context use name': contexts,
  'context show name': contexts,
  'context set name': contexts,
  'drill name': drills,
  'events send type': eventTypes,
}

const isCalled = ({ short, long }: Option, word: string | undefined) =>
  word !== undefined && (word === short || word === long)
const takesValue = (option: Option | undefined) => option !== undefined && (option.required || option.optional)

export async function candidates(
  words: readonly string[],
  everywhere: readonly Option[],
  ready: () => Promise<Mgmt>,
): Promise<string[]> {
  const last = words.at(-1) ?? ''
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(last) ?? []
  if (name !== undefined && value !== undefined)
    return (await candidates([...words.slice(0, -1), name, value], everywhere, ready)).map(one => `${name}=${one}`)
  const before = behindOptions(words.slice(0, -1), everywhere)
  // bash splits --option=value into three words
  if (before.at(-1)?.startsWith('--') && last === '=') return candidatesFor('', before, everywhere, ready)
  if (before.at(-2)?.startsWith('--') && before.at(-1) === '=')
    return candidatesFor(last, before.slice(0, -1), everywhere, ready)
  return candidatesFor(last, before, everywhere, ready)
}

async function candidatesFor(
  typed: string,
  before: readonly string[],
  everywhere: readonly Option[],
  ready: () => Promise<Mgmt>,
): Promise<string[]> {
  const fitting = (all: readonly string[]) => [...new Set(all)].filter(one => one.startsWith(typed))
  if (before[0] === 'help')
    // these names need no services
    return fitting([...(await helpNames({} as Mgmt)), ...entries.map(({ path }) => path.split(' ')[0] ?? '')])
  const entry =
    entries.find(({ path }) => path === before.slice(0, 2).join(' ')) ?? entries.find(({ path }) => path === before[0])
  const command = entry && (await entry.load()).command(ready, entries)
  const options = [...(command?.options ?? []), ...everywhere].filter(one => !one.hidden)
  const option = options.find(one => isCalled(one, before.at(-1)))
  if (option && takesValue(option))
    return fitting(option.argChoices ?? (await live(byOption[option.long ?? ''], ready)))
  if (typed.startsWith('-')) return fitting(options.flatMap(one => one.long ?? []))
  if (!entry || !command)
    return fitting(
      entries
        .filter(({ path }) => before.every((word, at) => path.split(' ')[at] === word))
        .map(({ path }) => path.split(' ')[before.length] ?? ''),
    )
  return fitting(await ofArgument(command, entry.path, before.slice(entry.path.split(' ').length), options, ready))
}

function behindOptions(words: readonly string[], everywhere: readonly Option[]): readonly string[] {
  const [first] = words
  if (!first?.startsWith('-')) return words
  const isLong = takesValue(everywhere.find(one => isCalled(one, first)))
  return words.length === 1 && isLong ? words : behindOptions(words.slice(isLong ? 2 : 1), everywhere)
}

async function ofArgument(
  command: Command,
  path: string,
  given: readonly string[],
  options: readonly Option[],
  ready: () => Promise<Mgmt>,
): Promise<string[]> {
  const positionals = given.filter(
    (word, at) => !word.startsWith('-') && !options.some(one => isCalled(one, given[at - 1]) && takesValue(one)),
  ).length
  const argument =
    command.registeredArguments[positionals] ?? command.registeredArguments.find(({ variadic }) => variadic)
  if (!argument) return []
  return argument.argChoices ?? live(byArgument[`${path} ${argument.name()}`] ?? byArgument[argument.name()], ready)
}

/** Returns nothing if there is no answer in time, because completion must never report an error. */
async function live(ask: Live | undefined, ready: () => Promise<Mgmt>): Promise<string[]> {
  if (!ask) return []
  const limit = outOfPatience(liveLimitMs).then((): string[] => [])
  return Promise.race([
    ready()
      .then(ask)
      .catch(() => []),
    limit,
  ])
}
