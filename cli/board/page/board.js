import { drawCharts, forgetCharts } from './charts.js'
import { morph } from './morph.js'
import { openStream } from './stream.js'

const main = document.querySelector('#view')
const banner = document.querySelector('#banner')
const views = ['flow', 'orders', 'rates', 'ticker', 'reports']
const mostRows = 400

let end = () => undefined
let paused
let lastCharts

/** The link's token is good once, and leaves the address before anything else happens. */
async function keyOfThisPage() {
  const token = new URLSearchParams(location.hash.slice(1)).get('t')
  if (token) {
    history.replaceState(undefined, '', location.pathname + location.search)
    const answer = await fetch('/session', { method: 'POST', body: token })
    if (answer.ok) sessionStorage.setItem('board-key', (await answer.json()).key)
  }
  return sessionStorage.getItem('board-key')
}

function say(text) {
  banner.hidden = text === undefined
  if (text !== undefined && banner.textContent !== text) banner.textContent = text
  document.documentElement.toggleAttribute('data-lost', text !== undefined)
}

const sayings = {
  lost: 'The connection to the board is lost: what you see is old. Trying again; is mgmt board still running?',
  refused: 'This page has no key. Open the board with a new link: mgmt board prints one.',
  forgetful: `This browser keeps no data for ${location.host}, so the board cannot stay open. Allow that, then open a new link.`,
}

const handlers = {
  view({ name, title, markup }) {
    document.title = `${title} · Docket`
    if (main.dataset.view === name) return // another filter, or connected again: what is typed or paused stays so
    main.dataset.view = name
    forgetCharts()
    paused = undefined
    main.innerHTML = markup
  },
  parts(parts) {
    for (const [name, markup] of Object.entries(parts))
      for (const element of document.querySelectorAll(`[data-part="${name}"]`)) morph(element, markup)
    document.documentElement.dataset.ready = ''
  },
  charts(data) {
    lastCharts = data
    drawCharts(data)
  },
  rows({ rows, pace, isFresh }) {
    const list = document.querySelector('.ticker')
    if (!list) return
    if (paused) {
      if (isFresh) paused = []
      paused.push(...rows)
      paused.splice(0, paused.length - mostRows)
    } else {
      if (isFresh) list.replaceChildren()
      addRows(list, rows)
    }
    const told = document.querySelector('[data-part="pace"]')
    if (told && told.textContent !== pace) told.textContent = pace
  },
}

function addRows(list, rows) {
  list.insertAdjacentHTML('afterbegin', rows.toReversed().join(''))
  while (list.children.length > (Number(list.dataset.most) || mostRows)) list.lastElementChild.remove()
}

function show() {
  end()
  const path = location.pathname === '/' ? '/flow' : location.pathname
  for (const link of document.querySelectorAll('nav a'))
    if (path.split('/')[1] === link.dataset.view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  const key = sessionStorage.getItem('board-key')
  if (!key) return say(sayings.refused)
  end = openStream(`/stream${path}${location.search}`, key, {
    on: (event, data) => handlers[event]?.(data),
    onState: (state, reason) => say(state === 'ended' ? `The board has ended: ${reason}` : sayings[state]),
  })
}

function go(address) {
  const url = new URL(address, location.href)
  if (new URLSearchParams(location.search).has('wall')) url.searchParams.set('wall', '')
  history.pushState(undefined, '', url)
  delete main.dataset.view
  window.scrollTo(0, 0)
  show()
}

document.addEventListener('click', event => {
  const copy = event.target.closest('[data-copy]')
  if (copy) return void copied(copy)
  if (event.target.closest('[data-pause]')) return pause()
  const link = event.target.closest('a[href^="/"]') ?? event.target.closest('[data-open]')
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
  if (String(getSelection()) !== '' && link.dataset.open) return // somebody marks text
  event.preventDefault()
  go(link.dataset.open ?? link.getAttribute('href'))
})

async function copied(button) {
  await navigator.clipboard.writeText(button.dataset.copy)
  button.classList.add('done')
  setTimeout(() => button.classList.remove('done'), 1_200)
}

let typing
const filtered = event => {
  const form = event.target.closest('[data-filter]')
  if (!form) return
  clearTimeout(typing)
  typing = setTimeout(
    () => {
      const search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''))
      if (document.documentElement.dataset.wall !== undefined) search.set('wall', '')
      history.replaceState(undefined, '', `${location.pathname}${search.size > 0 ? `?${search}` : ''}`)
      show()
    },
    event.type === 'input' && event.target.type !== 'radio' ? 250 : 0,
  )
}
document.addEventListener('input', filtered)
document.addEventListener('submit', event => {
  if (event.target.matches('[data-filter]')) event.preventDefault()
})

function pause() {
  const [button, list] = [document.querySelector('[data-pause]'), document.querySelector('.ticker')]
  if (!button || !list) return
  if (paused) {
    addRows(list, paused)
    paused = undefined
  } else paused = []
  button.setAttribute('aria-pressed', String(paused !== undefined))
}

function theme() {
  const next = { undefined: 'dark', dark: 'light', light: undefined }[document.documentElement.dataset.theme]
  if (next) document.documentElement.dataset.theme = next
  else delete document.documentElement.dataset.theme
  if (next) localStorage.setItem('board-theme', next)
  else localStorage.removeItem('board-theme')
  redraw()
}

/** Colours and sizes of charts are those of the time when they were drawn. */
function redraw() {
  forgetCharts()
  if (lastCharts) drawCharts(lastCharts)
}

function moveRow(by) {
  const links = [...main.querySelectorAll('tr[data-open] a.id, tr[data-open] .id a, .ticker a.id, .causes a.id')]
  const at = links.indexOf(document.activeElement)
  links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus()
}

function wall() {
  const url = new URL(location.href)
  if (url.searchParams.has('wall')) url.searchParams.delete('wall')
  else url.searchParams.set('wall', '')
  document.documentElement.toggleAttribute('data-wall')
  history.replaceState(undefined, '', url)
  redraw()
  show()
}

const keys = {
  '/': () => main.querySelector('[data-focus]')?.focus(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  p: pause,
  t: theme,
  w: wall,
  '?': () => document.querySelector('#keys').showModal(),
  Escape: () => (location.pathname.startsWith('/orders/') ? go('/orders') : undefined),
}

document.addEventListener('keydown', event => {
  if (event.metaKey || event.ctrlKey || event.altKey) return
  if (document.querySelector('dialog[open]')) return
  if (event.target.matches('input, select, textarea')) {
    if (event.key === 'Escape') event.target.blur()
    return
  }
  const view = views[Number(event.key) - 1]
  if (view) go(`/${view}`)
  else if (keys[event.key]) {
    event.preventDefault()
    keys[event.key]()
  }
})

document.querySelector('#theme').addEventListener('click', theme)
document.querySelector('#help').addEventListener('click', keys['?'])
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
window.addEventListener('popstate', () => {
  delete main.dataset.view
  show()
})

try {
  await keyOfThisPage()
  show()
} catch (error) {
  if (error.name !== 'SecurityError') throw error
  say(sayings.forgetful)
}
