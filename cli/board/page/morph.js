const range = document.createRange()

/**
 * Makes an element's content equal to that markup, and changes no node that is equal already: what has the focus, is
 * selected or scrolled stays so. Rows are matched by `data-key`.
 */
export function morph(element, markup) {
  morphChildren(element, range.createContextualFragment(markup))
}

function morphChildren(from, to) {
  const keyed = new Map([...from.children].flatMap(child => (child.dataset.key ? [[child.dataset.key, child]] : [])))
  let at = from.firstChild
  for (const wanted of Array.from(to.childNodes)) {
    const known = wanted.dataset?.key === undefined ? undefined : keyed.get(wanted.dataset.key)
    const same = known ?? (at && isAlike(at, wanted) ? at : undefined)
    if (!same) {
      from.insertBefore(wanted, at)
      continue
    }
    if (same === at) at = at.nextSibling
    else from.insertBefore(same, at)
    morphNode(same, wanted)
  }
  while (at) {
    const next = at.nextSibling
    at.remove()
    at = next
  }
}

const isAlike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.dataset?.key === b.dataset?.key

function morphNode(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue
    return
  }
  for (const { name } of Array.from(from.attributes))
    if (!to.hasAttribute(name) && name !== 'open' && name !== 'tabindex') from.removeAttribute(name)
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value)
  morphChildren(from, to)
}
