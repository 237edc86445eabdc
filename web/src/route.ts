import { signal } from '@preact/signals'
import { SLUG_PATTERN } from './wire.gen'

export type Route =
  | { readonly page: 'lobby' }
  | { readonly page: 'schedule' }
  /** A page that the server has written and that stays as it is: no program draws it. */
  | { readonly page: 'served' }
  /** What the person keeps on this device. */
  | { readonly page: 'me' }
  /** How the nodes are. */
  | { readonly page: 'operator' }
  /** The list of keys. */
  | { readonly page: 'keys' }
  /** `group` is that of a group's own page, empty on the host's. */
  | { readonly page: 'host'; readonly group: string }
  | { readonly page: 'meeting'; readonly slug: string }

/** What lets somebody in: a host's ticket or an invite from the address, or one from the page of hosts, which can be renewed. */
interface Invite {
  readonly slug: string
  readonly ticket: string
  /** How the host is called in this group; may be empty. */
  readonly name: string
  /** Asks for a newer ticket; an empty text where there is none to be had. */
  readonly renew: (() => Promise<string>) | null
}

const MEETING = /^\/m\/([^/]+)\/?$/
const GROUP = /^\/host\/([^/]+)\/?$/
const SLUG = new RegExp(SLUG_PATTERN)

const NO_INVITE: Invite = { slug: '', ticket: '', name: '', renew: null }
/** The ticket of an account lasts a minute; this much of it is kept for the way. */
const TICKET_FRESH_MS = 40_000

/** A host's ticket and the room it is for; kept by this tab only. */
let invite = NO_INVITE
let fresh_until_ms = 0

/** The secret of a link that makes a host's account, or of an operator's; else empty. Kept by this tab only. */
export const enrolment = signal('')

export const route = signal<Route>(readRoute())

/** Return the page that an address stands for; what is not known is the server's. */
export function parsePath(path: string): Route {
  const group = GROUP.exec(path)?.[1] ?? ''
  if (path === '/host' || SLUG.test(group)) return { page: 'host', group }
  if (/^\/me\/?$/.test(path)) return { page: 'me' }
  if (path === '/schedule') return { page: 'schedule' }
  if (path === '/operator') return { page: 'operator' }
  if (/^\/keys\/?$/.test(path)) return { page: 'keys' }
  const slug = MEETING.exec(path)?.[1] ?? ''
  if (SLUG.test(slug)) return { page: 'meeting', slug }
  return { page: path === '/' ? 'lobby' : 'served' }
}

/** Go to an address of this page. */
export function navigate(path: string): void {
  history.pushState(null, '', path)
  route.value = parsePath(path)
}

/** Go to a room as its host. */
export function enterAsHost(brought: Invite): void {
  invite = brought
  fresh_until_ms = performance.now() + TICKET_FRESH_MS
  navigate(`/m/${brought.slug}`)
}

/** The ticket that lets a host into this room, or an empty text. One that works once is given out once. */
export function hostInvite(slug: string): string | Promise<string> {
  if (invite.slug !== slug) return ''
  const { ticket, renew } = invite
  if (renew === null) return ticket
  const isFresh = performance.now() < fresh_until_ms
  fresh_until_ms = 0
  // Where there is no newer one, the server says what the old one is worth.
  return isFresh ? ticket : renew().then((newer) => newer || ticket)
}

/** How the host who comes to this room is called there, or an empty text. */
export function hostName(slug: string): string {
  return invite.slug === slug ? invite.name : ''
}

/** Forget the ticket: it is of no use any more. */
export function dropInvite(): void {
  invite = NO_INVITE
}

/** Forget the link: it was used. */
export function forgetEnrolment(): void {
  enrolment.value = ''
}

/** Follow a link of this page without loading it anew; leave the server's pages and other clicks to the browser. */
export function followLink(event: MouseEvent): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  if (!isPlain || event.defaultPrevented || !(event.currentTarget instanceof HTMLAnchorElement)) return
  if (parsePath(event.currentTarget.pathname).page === 'served') return
  event.preventDefault()
  navigate(event.currentTarget.pathname)
}

function readRoute(): Route {
  takeInvite()
  return parsePath(location.pathname)
}

/** Take the secret out of the address at once, so that it is in no history, no title and no shared link. */
function takeInvite(): void {
  const brought = new URLSearchParams(location.hash.slice(1))
  // The server tells a host's ticket from the secret of an invite.
  const ticket = brought.get('host') ?? brought.get('invite')
  const secret = brought.get('enrol')
  if (ticket === null && secret === null) return
  const at = parsePath(location.pathname)
  if (at.page === 'meeting' && ticket !== null) invite = { ...NO_INVITE, slug: at.slug, ticket }
  if (at.page !== 'meeting' && secret !== null) enrolment.value = secret
  history.replaceState(null, '', location.pathname + location.search)
}

window.addEventListener('popstate', () => {
  route.value = readRoute()
})
window.addEventListener('hashchange', takeInvite)
