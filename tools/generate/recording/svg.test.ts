import test from 'ava'
import { palette, recordingSvg, spans } from './svg.ts'

const esc = '\u001b['

for (const [story, line, svg] of [
  ['a colour and its end', `a ${esc}32mgreen${esc}39m b`, 'a <tspan class="green">green</tspan> b'],
  [
    'a colour in bold',
    `${esc}1;31mred${esc}22m still${esc}0m`,
    '<tspan class="bold red">red</tspan><tspan class="red"> still</tspan>',
  ],
  ['what SVG would take for its own', '<id> & more', '&lt;id&gt; &amp; more'],
  ['a number that changes nothing', `${esc}4munderlined${esc}24m`, 'underlined'],
] as const)
  test(`a line of a terminal as SVG: ${story}`, t => t.is(spans(line), svg))

const scene = (command: string, ...times: number[]) => ({
  command,
  lines: times.map(atMs => ({ text: `at ${atMs}`, atMs })),
})
const recording = recordingSvg([scene('mgmt status', 100, 250), scene('mgmt doctor', 50)], { title: 'T', text: 'D' })

test('lines come at the times that were recorded, and a command after what the one before it printed', t => {
  const delays = [...recording.matchAll(/animation-delay:(\d+)ms/g)].map(([, ms]) => Number(ms))
  const [typed = 0, first = 0, second = 0, next = 0] = delays
  t.is(delays.length, 5)
  t.is(second - first, 150)
  t.true(typed < first && second < next)
})

test('it has a title, and a reader who wants no motion sees all of it at once', t => {
  t.regex(recording, /<title id="title">T<\/title>\s*<desc id="text">D<\/desc>/)
  t.regex(recording, /@media \(prefers-reduced-motion:reduce\)\{\.line,\.typed\{animation:none\}\}/)
  t.notRegex(recording, /(?<!from\{)(visibility|opacity|display):/)
})

/** By WCAG 2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [light, dark] = [one, other].map(luminance).sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map(at => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

test('every colour can be read, on a light page and on a dark one', t => {
  const { background, ...colours } = palette
  for (const theme of [0, 1] as const)
    for (const [name, colour] of Object.entries(colours))
      t.true(contrast(colour[theme], background?.[theme] ?? '') >= 4.5, `${name} ${colour[theme]}`)
})
