import { announcer } from './a11y/announcer'
import { forgetFiles } from './kept_files'
import { BETWEEN_MS, countShifts, NO_SHIFTS, type Press, SHIFTS } from './state/shifts'
import { t } from './text'

/** How long the blank page waits for the server to hear that the seat is given up. */
const LEAVE_WAIT_MS = 150
/** A server that does not answer by then gets no more time: an empty page will do. */
const EXIT_WAIT_MS = 4_000
/** The server clears what the browser stored and goes on to a neutral place. */
const EXIT_PATH = '/exit'
const NOWHERE = 'about:blank'
/** Takes the ticket of a seat that is given up, from a page that is going (server/http/leave_api.py). */
const LEAVE_PATH = '/api/leave'

type Stop = () => Promise<unknown> | undefined

const stops = new Set<Stop>()
const tracks = new Set<MediaStreamTrack>()
let isHidden = false

/** Have this done first when the page is hidden. Returns what takes it back. */
export function whenHidden(stop: Stop): () => void {
  stops.add(stop)
  return () => stops.delete(stop)
}

/** A microphone's track, to be ended when the page is hidden, whatever else fails. */
export function endWhenHidden(track: MediaStreamTrack): void {
  tracks.add(track)
  track.addEventListener('ended', () => tracks.delete(track))
}

/**
 * Hide the page: the microphone ends and all sound stops, the page is blank, the seat is given up, and
 * another page takes the place of this one. Each act is tried whatever became of the one before.
 */
export async function hidePage(): Promise<void> {
  if (isHidden) return
  isHidden = true
  const ticket = keptTicket()
  for (const track of tracks) attempt(() => track.stop())
  for (const sound of document.querySelectorAll('audio, video')) attempt(() => silence(sound))
  const leaving = [...stops].map((stop) => attempt(stop))
  document.documentElement.dataset['hidden'] = 'true'
  document.body.replaceChildren()
  document.title = t('hide.tab')
  attempt(() => sessionStorage.clear())
  attempt(() => localStorage.clear())
  // The server has the browser forget them; without a network nobody else does.
  leaving.push(forgetFiles())
  // The connection may be down, or slower than this page goes: a beacon outlives the page.
  if (ticket !== '') attempt(() => navigator.sendBeacon(LEAVE_PATH, ticket))
  const patience = new Promise((resolve) => setTimeout(resolve, LEAVE_WAIT_MS))
  await Promise.race([Promise.allSettled(leaving), patience])
  setTimeout(() => location.replace(NOWHERE), EXIT_WAIT_MS)
  // Without a network the browser would show its own page, with this address and why it failed.
  location.replace(navigator.onLine ? EXIT_PATH : NOWHERE)
}

/** Attach the ways to hide: whatever is marked with `data-hide`, and three presses of Shift. Once, at load. */
export function attachHide(): void {
  let shifts = NO_SHIFTS
  let timer: ReturnType<typeof setTimeout> | undefined
  const { dataset } = document.documentElement
  const take = (press: Press) => {
    const now_ms = performance.now()
    shifts = countShifts(shifts, press, now_ms)
    const { count, last_ms } = shifts
    if (count === 0) delete dataset['shifts']
    if (count === 0 || last_ms !== now_ms) return
    if (count >= SHIFTS) {
      void hidePage()
      return
    }
    tell(count)
    dataset['shifts'] = String(count) // the button shows how far it is
    clearTimeout(timer)
    timer = setTimeout(() => delete dataset['shifts'], BETWEEN_MS)
  }
  const onKey = (type: 'down' | 'up') => (event: KeyboardEvent) =>
    take({ type, key: event.key, isChord: event.ctrlKey || event.altKey || event.metaKey })
  // Caught before anything on the page can keep it: a field, an open sheet, code of ours that failed.
  window.addEventListener('keydown', onKey('down'), true)
  window.addEventListener('keyup', onKey('up'), true)
  window.addEventListener('pointerdown', () => take({ type: 'pointer' }), true)
  window.addEventListener('blur', () => take({ type: 'lost' }))
  window.addEventListener('click', onClick, true)
  // Back may bring a frozen page out of the browser's cache: it starts anew, in no room.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted && isHidden) location.replace('/')
  })
}

function tell(count: number): void {
  const text = t(count === 1 ? 'hide.two_more' : 'hide.one_more')
  announcer.announce({ text, urgency: 'assertive' })
}

/** Also a link that the server wrote: without this script it leads to the same place. */
function onClick(event: MouseEvent): void {
  if (!(event.target instanceof Element) || event.target.closest('[data-hide]') === null) return
  event.preventDefault()
  event.stopPropagation()
  void hidePage()
}

function silence(sound: Element): void {
  if (!(sound instanceof HTMLMediaElement)) return
  sound.muted = true
  sound.pause()
  sound.srcObject = null
}

/** The ticket of the seat that this tab keeps, or an empty text. */
function keptTicket(): string {
  const kept = attempt(() => JSON.parse(sessionStorage.getItem('seat') ?? 'null') as unknown)
  if (typeof kept !== 'object' || kept === null || !('ticket' in kept)) return ''
  return typeof kept.ticket === 'string' ? kept.ticket : ''
}

/** Nothing that fails may keep the page from being hidden. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
