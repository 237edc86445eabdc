/**
 * What this browser keeps of itself: a random text, from which each group makes its own number, and a
 * card for each room where it was in good standing. Neither says who anybody is.
 */

const KEY = 'device'
const CARD_PREFIX = 'card:'
const BYTES = 16
const TOKEN = /^[\w-]{22}$/

/** Without storage the text lives as long as the page. */
let unkept = ''

/** Return this browser's random text: 128 bits, base64url. It is made when first asked for. */
export function deviceToken(): string {
  try {
    const kept = localStorage.getItem(KEY)
    if (kept !== null && TOKEN.test(kept)) return kept
    const drawn = unkept || drawToken()
    localStorage.setItem(KEY, drawn)
    unkept = ''
    return drawn
  } catch {
    unkept ||= drawToken()
    return unkept
  }
}

/** Return the card that this room gave, or empty. */
export function recallCard(slug: string): string {
  try {
    return localStorage.getItem(CARD_PREFIX + slug) ?? ''
  } catch {
    return ''
  }
}

export function keepCard(slug: string, card: string): void {
  try {
    localStorage.setItem(CARD_PREFIX + slug, card)
  } catch {
    // Without storage everybody is new at each visit.
  }
}

/** Whether anything is kept that `forgetDevice` would clear. */
export function isDeviceKept(): boolean {
  try {
    return keys().length > 0
  } catch {
    return false
  }
}

/** Forget the text and every card. */
export function forgetDevice(): void {
  unkept = ''
  try {
    for (const key of keys()) localStorage.removeItem(key)
  } catch {
    // Nothing was kept.
  }
}

function keys(): string[] {
  return Object.keys(localStorage).filter((key) => key === KEY || key.startsWith(CARD_PREFIX))
}

/** Works on pages without HTTPS too, unlike `randomUUID`. */
function drawToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
