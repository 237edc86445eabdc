import { effect, signal } from '@preact/signals'

/** How much larger than other words a reading and live text are shown; which one is kept on the device. */
export const WORDS_SIZES = [1, 1.2, 1.45, 1.75, 2.1] as const
const KEY = 'reading-size'

/** The place among the sizes. */
export const wordsSize = signal(recall())

/** Larger by 1, smaller by -1, and with 0 as usual. */
export function changeWordsSize(by: -1 | 0 | 1): void {
  const place = by === 0 ? 0 : wordsSize.value + by
  wordsSize.value = Math.min(Math.max(place, 0), WORDS_SIZES.length - 1)
  try {
    if (wordsSize.value === 0) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, String(wordsSize.value))
  } catch {
    // Without storage the size lives as long as the page.
  }
}

// Whatever is read along looks at this: styles/aside.css.
effect(() => {
  document.documentElement.style.setProperty('--words-size', String(WORDS_SIZES[wordsSize.value] ?? 1))
})

function recall(): number {
  try {
    const kept = Number(localStorage.getItem(KEY) ?? 0)
    return Number.isInteger(kept) && kept >= 0 && kept < WORDS_SIZES.length ? kept : 0
  } catch {
    return 0
  }
}
