import { useRef } from 'preact/hooks'

/** The second tap of a shaking hand comes within this time; the button says something else by then. */
const AGAIN_AFTER_MS = 700

/** Return what carries out a press, but not one that follows the last, or the button's coming, too soon. */
export function useOnce(isFresh = false): (act: () => void) => void {
  const last_ms = useRef(isFresh ? performance.now() : 0)
  return (act) => {
    const now_ms = performance.now()
    if (last_ms.current > 0 && now_ms - last_ms.current < AGAIN_AFTER_MS) return
    last_ms.current = now_ms
    act()
  }
}

/**
 * Return what carries out a press, unless what the button means has only just changed: that press was meant
 * for what was there before.
 */
export function useSettled(meaning: unknown): (act: () => void) => void {
  const since = useRef({ meaning, at_ms: 0 })
  if (since.current.meaning !== meaning) since.current = { meaning, at_ms: performance.now() }
  return (act) => {
    const { at_ms } = since.current
    if (at_ms === 0 || performance.now() - at_ms >= AGAIN_AFTER_MS) act()
  }
}
