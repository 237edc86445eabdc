import { signal } from '@preact/signals'
import { SLUG_PATTERN } from './wire.gen'

export type Route = { readonly page: 'lobby' } | { readonly page: 'meeting'; readonly slug: string }

const MEETING = /^\/m\/([^/]+)\/?$/
const SLUG = new RegExp(SLUG_PATTERN)

/** A host's ticket from the address and the room it is for; kept by this tab only. */
let invite = { slug: '', ticket: '' }

export const route = signal<Route>(readRoute())

/** Return the page that an address stands for; what is not known is the lobby. */
export function parsePath(path: string): Route {
  const slug = MEETING.exec(path)?.[1] ?? ''
  return SLUG.test(slug) ? { page: 'meeting', slug } : { page: 'lobby' }
}

/** Go to an address of this page. */
export function navigate(path: string): void {
  history.pushState(null, '', path)
  route.value = parsePath(path)
}

/** The ticket that a host's link to this room brought along, or an empty text. */
export function hostInvite(slug: string): string {
  return invite.slug === slug ? invite.ticket : ''
}

/** Forget the ticket: it is of no use any more. */
export function dropInvite(): void {
  invite = { slug: '', ticket: '' }
}

/** Follow a link of this page without loading it anew; leave every other kind of click to the browser. */
export function followLink(event: MouseEvent): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  if (!isPlain || event.defaultPrevented || !(event.currentTarget instanceof HTMLAnchorElement)) return
  event.preventDefault()
  navigate(event.currentTarget.pathname)
}

function readRoute(): Route {
  takeInvite()
  return parsePath(location.pathname)
}

/** Take the ticket out of the address at once, so that it is in no history, no title and no shared link. */
function takeInvite(): void {
  const ticket = new URLSearchParams(location.hash.slice(1)).get('host')
  if (ticket === null) return
  const at = parsePath(location.pathname)
  if (at.page === 'meeting') invite = { slug: at.slug, ticket }
  history.replaceState(null, '', location.pathname)
}

window.addEventListener('popstate', () => {
  route.value = readRoute()
})
window.addEventListener('hashchange', takeInvite)
