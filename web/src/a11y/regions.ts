/** The parts of a page that F6 goes through. */
const REGIONS = 'header.top, .notices, .room main section, .room > section, nav.controls'
/** A question that was asked meanwhile: it comes first, wherever on the page it stands. */
const QUESTION = '.turn-sheet'

/** Go to the next region, or to the one before. Returns whether there was one to go to. */
export function goToRegion(step: 1 | -1): boolean {
  if (document.querySelector('dialog[open]') !== null) return false
  const regions = regionsOf(document)
  const active = document.activeElement
  const at = regions.findIndex((region) => region.contains(active))
  const question = regions.find((region) => region.matches(QUESTION))
  const isAsked = question !== undefined && !question.contains(active)
  const next = step > 0 ? at + 1 : (at < 0 ? regions.length : at) - 1
  const region = isAsked && step > 0 ? question : regions[(next + regions.length) % regions.length]
  if (region === undefined) return false
  enterRegion(region)
  return true
}

/** Return the regions that are there, in the order of the page; none within another. */
export function regionsOf(page: ParentNode): HTMLElement[] {
  const all = [...page.querySelectorAll<HTMLElement>(REGIONS)].filter(
    (region) => region.childElementCount > 0 && (region.checkVisibility?.() ?? true),
  )
  return all.filter((region) => !all.some((other) => other !== region && other.contains(region)))
}

/** Bars give the focus to what is in them; of anything else the name is read out, and Tab goes on inside. */
export function enterRegion(region: HTMLElement): void {
  const inside = region.matches('header, nav')
    ? region.querySelector<HTMLElement>(':is(a, button):not(.skip, [tabindex="-1"])')
    : null
  if (inside === null && !region.hasAttribute('tabindex')) region.tabIndex = -1
  const target = inside ?? region
  target.focus()
}
