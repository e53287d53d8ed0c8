/* global uPlot */

const drawn = new Map()

/** A canvas does not know the variables of the page, so the colour that one stands for now is looked up. */
function colourOf(name) {
  const probe = document.body.appendChild(document.createElement('i'))
  probe.style.color = `var(${name})`
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

const kinds = {
  orders: {
    unit: value => `${value.toFixed(value < 10 ? 1 : 0)}/s`,
    lines: data => [
      ['created', '--line-1', data.perSecond.created],
      ['completed', '--line-2', data.perSecond.completed],
      ['rejected', '--line-3', data.perSecond.rejected],
      ['cancelled', '--line-4', data.perSecond.cancelled],
    ],
  },
  latency: {
    unit: value => (value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(value < 10_000 ? 1 : 0)} s`),
    lines: data => [
      ['p50', '--line-1', data.p50],
      ['p95', '--line-4', data.p95],
    ],
  },
  lag: {
    whole: true,
    unit: value => String(Math.round(value)),
    lines: data => [['events behind', '--line-1', data.lag]],
  },
  outbox: {
    whole: true,
    unit: value => String(Math.round(value)),
    lines: data => [['events to send', '--line-1', data.outbox]],
  },
}

/** Also what is drawn is larger on a wall screen. */
const rem = tenths => (tenths / 10) * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)

const two = number => String(number).padStart(2, '0')
const clock = seconds => {
  const date = new Date(seconds * 1_000)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** Draws the charts that are on the page, or gives them new data. */
export function drawCharts(data) {
  for (const figure of document.querySelectorAll('[data-chart]')) {
    const kind = kinds[figure.dataset.chart]
    const lines = kind.lines(data)
    const columns = [data.times, ...lines.map(([, , values]) => values)]
    const known = drawn.get(figure)
    if (known) known.setData(columns)
    else drawn.set(figure, chart(figure, kind, lines, columns))
    legend(figure, kind, lines)
  }
}

/** Colours are part of a canvas, so another theme needs another chart; so does a view that has gone. */
export function forgetCharts() {
  for (const one of drawn.values()) one.destroy()
  drawn.clear()
}

function chart(figure, { unit, whole = false }, lines, columns) {
  const room = figure.querySelector('.plot')
  const axis = {
    stroke: colourOf('--mute'),
    grid: { stroke: colourOf('--grid'), width: 1 },
    ticks: { show: false },
    font: `${rem(11)}px system-ui`,
  }
  const made = new uPlot(
    {
      width: room.clientWidth,
      height: room.clientHeight,
      padding: [rem(8), rem(8), 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: { key: 'board' } },
      scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(whole ? 4 : 1, most * 1.1)] } },
      axes: [
        { ...axis, space: rem(70), size: rem(24), values: (_, ticks) => ticks.map(clock) },
        { ...axis, space: rem(32), size: rem(54), values: (_, ticks) => ticks.map(unit) },
      ],
      series: [
        {},
        ...lines.map(([label, colour], at) => ({
          label,
          stroke: colourOf(colour),
          width: 1.5,
          points: { show: false },
          spanGaps: true, // a moment without completed orders is no gap in how long they take
          ...(at === 0 && { fill: colourOf('--fill-1') }),
        })),
      ],
      hooks: { setCursor: [plot => legend(figure, { unit }, lines, plot.cursor.idx)] },
    },
    columns,
    room,
  )
  made.root.setAttribute('aria-hidden', 'true') // what it shows stands in the caption, in words
  new ResizeObserver(() => {
    if (room.isConnected && room.clientWidth > 0) made.setSize({ width: room.clientWidth, height: room.clientHeight })
  }).observe(room)
  return made
}

/** What each line is, and its value: the last one, or where the pointer is. */
function legend(figure, { unit }, lines, at) {
  const list = figure.querySelector('figcaption ul')
  list.replaceChildren(
    ...lines.map(([label, colour, values]) => {
      const value = at === undefined || at === null ? values.findLast(one => one !== null) : values[at]
      const item = document.createElement('li')
      const mark = document.createElement('i')
      mark.className = colour.slice(2)
      const figureText = document.createElement('b')
      figureText.textContent = value === null || value === undefined ? '–' : unit(value)
      item.append(mark, label, ' ', figureText)
      return item
    }),
  )
}
