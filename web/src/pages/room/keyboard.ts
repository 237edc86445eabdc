import { keepFocus } from '../../a11y/keep_focus'
import { enterRegion, goToRegion } from '../../a11y/regions'
import { attachRoving } from '../../a11y/roving'
import { settings } from '../../settings'
import { deedOf, type KeyDeed, LETTERS } from '../../state/keys'
import { Holding } from './hold'
import type { RoomSession } from './session'

export { Skips } from './skips'
export { TurnSheet } from './turn_sheet'

const FIELDS = 'input, textarea, select, [contenteditable]'
/** Where Space, or a letter, has a meaning of its own. */
const PRESSED = 'button, a[href], summary, label, [role=log]'

/** Listen to the keys of a room, and keep the focus in it. To be called once its bar is there; returns what ends it. */
export function attachKeyboard(session: RoomSession): () => void {
  const ending = new AbortController()
  const { signal } = ending
  const hold = new Holding(session)
  session.hold.value = hold
  const keys = new Keys(session, hold)
  window.addEventListener('keydown', (event) => keys.down(event), { signal })
  window.addEventListener('keyup', () => keys.up(), { signal })
  window.addEventListener('blur', () => keys.up(), { signal })
  document.addEventListener('visibilitychange', () => keys.up(), { signal })
  const ends = [keepFocus(), roving('nav.controls', 'button'), roving('.people', 'button', 'li')]
  return () => {
    keys.up()
    hold.end('cancelled')
    session.hold.value = null
    ending.abort()
    for (const end of ends) end()
  }
}

function roving(box: string, stops: string, row = ''): () => void {
  const found = document.querySelector<HTMLElement>(box)
  return found === null ? () => undefined : attachRoving(found, stops, row)
}

class Keys {
  #isDucked = false

  constructor(
    private readonly session: RoomSession,
    private readonly hold: Holding,
  ) {}

  down(event: KeyboardEvent): void {
    if (event.defaultPrevented) return
    if (this.#isChordless(event) && event.key === 'F6') {
      if (goToRegion(event.shiftKey ? -1 : 1)) event.preventDefault()
      return
    }
    const { holds_to_talk, has_keys } = settings.value
    const active = document.activeElement
    const place = {
      isInControls: active?.closest('nav.controls') !== null && active !== null,
      isInField: active?.matches(FIELDS) === true,
      isSheetOpen: document.querySelector('dialog[open]') !== null,
      isEverywhere: has_keys,
    }
    const isFree = !place.isInField && !place.isSheetOpen && active?.closest(PRESSED) == null
    if (holds_to_talk && event.key === ' ' && isFree && this.#isChordless(event)) {
      event.preventDefault()
      if (!event.repeat) this.hold.press('key', null)
      return
    }
    const deed = deedOf(event, place)
    if (deed === null) return
    event.preventDefault()
    this.#act(deed)
  }

  /** Whatever came up, or took the keyboard away: what was held is over. */
  up(): void {
    if (!this.#isDucked) return
    this.#isDucked = false
    this.session.duck(false)
  }

  #isChordless({ ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
    return !ctrlKey && !altKey && !metaKey
  }

  #act(deed: KeyDeed): void {
    const { session } = this
    if (deed === 'quieter') {
      this.#isDucked = true
      session.duck(true)
    } else if (deed === 'mic' && settings.value.holds_to_talk && session.closed.value === null) {
      this.hold.press('key', null)
    } else if (deed === 'keys') {
      session.sheets.areKeysOpen.value = true
    } else if (deed === 'lock') {
      const isLocked = session.room.value?.order.is_locked === true
      if (session.may('keep_order')) void session.act({ event: 'set_lock', payload: { on: !isLocked } })
    } else {
      press(deed)
    }
  }
}

/** Press the button that says it has this key, or go to the part of the room that does. */
function press(deed: KeyDeed): void {
  const found = document.querySelector<HTMLElement>(`[aria-keyshortcuts~="${LETTERS[deed]}"]`)
  if (found === null) return
  if (found.matches('button')) found.click()
  else enterRegion(found)
}
