import { isFocusNowhere } from './focus'

const STOPS = 'a[href], button, summary, [tabindex]'
/** Where the search for a neighbour ends: it is better to be told where one is than to land far away. */
const BOUNDS = 'section, dialog, main, nav, form, [tabindex]'

/**
 * From now on, when what has the focus is taken off the page, the focus goes to a neighbour, never to
 * nowhere: to what follows it, else to what was before, else to what they were in. Returns what ends it.
 */
export function keepFocus(): () => void {
  const ending = new AbortController()
  const { signal } = ending
  let last = document.activeElement
  const note = (event: Event) => {
    last = event.target instanceof Element ? event.target : null
  }
  document.addEventListener('focusin', note, { signal })
  // A press on nothing takes the focus away, as the person wants it.
  const look = () => {
    if (isFocusNowhere()) last = null
  }
  document.addEventListener('pointerup', look, { signal })
  const watch = new MutationObserver((changes) => {
    const gone = last
    if (gone === null || gone.isConnected || !isFocusNowhere()) return
    last = null
    neighbourOf(gone, changes)?.focus({ preventScroll: true })
  })
  watch.observe(document.body, { childList: true, subtree: true })
  return () => {
    ending.abort()
    watch.disconnect()
  }
}

/** Return what is nearest to where an element was. */
export function neighbourOf(gone: Element, changes: readonly MutationRecord[]): HTMLElement | null {
  for (const { removedNodes, target, nextSibling, previousSibling } of changes) {
    if (!target.isConnected || ![...removedNodes].some((node) => node.contains(gone))) continue
    return near(target, connected(nextSibling), connected(previousSibling))
  }
  return document.getElementById('main')
}

function near(parent: Node, next: Node | null, previous: Node | null): HTMLElement | null {
  for (let node = next; node !== null; node = node.nextSibling) {
    const found = stopsIn(node)[0]
    if (found !== undefined) return found
  }
  for (let node = previous; node !== null; node = node.previousSibling) {
    const found = stopsIn(node).at(-1)
    if (found !== undefined) return found
  }
  if (parent instanceof HTMLElement && parent.matches(BOUNDS)) {
    if (!parent.hasAttribute('tabindex')) parent.tabIndex = -1
    return parent
  }
  const above = parent.parentNode
  return above === null ? null : near(above, parent.nextSibling, parent.previousSibling)
}

function stopsIn(node: Node): HTMLElement[] {
  if (!(node instanceof HTMLElement)) return []
  const inside = [...node.querySelectorAll<HTMLElement>(STOPS)]
  return (node.matches(STOPS) ? [node, ...inside] : inside).filter(isVisible)
}

function isVisible(element: HTMLElement): boolean {
  return element.checkVisibility?.() ?? true
}

function connected(node: Node | null): Node | null {
  return node?.isConnected === true ? node : null
}
