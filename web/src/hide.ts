import { stay } from './stay'

/** How long the blank page waits for the server to hear that the seat is given up. */
const LEAVE_WAIT_MS = 150
/** The server clears what the browser stored and goes on to a neutral place. */
const EXIT_PATH = '/exit'

/** Hide the page: microphone and sound stop first, then the page is blank, then the seat is given up. */
export async function hidePage(): Promise<void> {
  const leaving = stay.value?.leave()
  document.documentElement.dataset['hidden'] = 'true'
  document.title = ''
  clear(() => sessionStorage)
  clear(() => localStorage)
  const patience = new Promise((resolve) => setTimeout(resolve, LEAVE_WAIT_MS))
  if (leaving !== undefined) await Promise.race([leaving, patience])
  location.replace(EXIT_PATH)
}

// Back may bring a frozen page out of the browser's cache: it starts anew, in no room.
window.addEventListener('pageshow', (event) => {
  if (event.persisted && document.documentElement.dataset['hidden'] !== undefined) location.replace('/')
})

function clear(storage: () => Storage): void {
  try {
    storage().clear()
  } catch {
    // Storage is switched off, so there is nothing in it.
  }
}
