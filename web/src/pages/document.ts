import { readMeetings } from '../rooms'
import { dates, writeIn } from '../state/locale'
import { zone } from '../zone'

/** The network has so long to show that it is there. */
const PATIENCE_MS = 5_000
const SHOWN = 20
/** Where the service worker keeps the last list of meetings. */
const SCHEDULE = '/api/schedule'

/**
 * Look after a page of words that the server wrote. Where it comes from what the browser kept, since the network is
 * away, it says so, takes away what may have changed, and shows when meetings were to be.
 */
async function attachDocument(): Promise<void> {
  writeIn(document.documentElement.lang)
  // In place of a page that did not come.
  const isOther = document.documentElement.dataset['path'] !== location.pathname
  if (!isOther && (await isReachable())) return
  show('#away')
  if (isOther) show('[data-away=other]')
  for (const gone of document.querySelectorAll<HTMLElement>('[data-live]')) gone.hidden = true
  document.querySelector<HTMLAnchorElement>('[data-away=again]')?.setAttribute('href', location.href)
  await showSchedule()
}

async function isReachable(): Promise<boolean> {
  if (!navigator.onLine) return false
  try {
    return (await fetch('/healthz', { signal: AbortSignal.timeout(PATIENCE_MS), cache: 'no-store' })).ok
  } catch {
    return false
  }
}

/** The list that the service worker kept last; what is over since is left out. */
async function showSchedule(): Promise<void> {
  const kept = await caches.match(SCHEDULE)
  const section = document.querySelector<HTMLElement>('#last-known')
  if (kept === undefined || section === null) return
  const meetings = readMeetings(await kept.json()).filter(({ ends_ms }) => ends_ms > Date.now())
  if (meetings.length === 0) return
  const timed = dates({ weekday: 'long', hour: 'numeric', minute: '2-digit', timeZone: zone.value })
  section.querySelector('ol')?.replaceChildren(
    ...meetings.slice(0, SHOWN).map(({ starts_ms, title }) => {
      const row = document.createElement('li')
      row.append(timeOf(timed, starts_ms), title)
      return row
    }),
  )
  const said_ms = Date.parse(kept.headers.get('date') ?? '')
  const known = dates({ dateStyle: 'medium', timeStyle: 'short', timeZone: zone.value })
  if (!Number.isNaN(said_ms)) section.querySelector('time')?.replaceWith(timeOf(known, said_ms))
  section.hidden = false
}

function timeOf(format: Intl.DateTimeFormat, at_ms: number): HTMLTimeElement {
  const time = document.createElement('time')
  time.className = 'time'
  time.dateTime = new Date(at_ms).toISOString()
  time.textContent = format.format(at_ms)
  return time
}

function show(selector: string): void {
  for (const hidden of document.querySelectorAll<HTMLElement>(selector)) hidden.hidden = false
}

void attachDocument()
