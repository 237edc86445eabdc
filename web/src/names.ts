import { t } from './text'

const KEY = 'name'
/** Words within a family's name. */
const PARTICLES = new Set(
  'de da di do dos das del della la le van von der den ter bin ibn al el y e'.split(' '),
)

/** Return a name to start from: short, for anybody, of no country; `random` is from 0 to below 1. */
export function gentleName(random: number): string {
  const names = t('join.names').split(' ')
  return names[Math.floor(random * names.length)] ?? ''
}

/** Whether a name looks like one that a person has in a passport. The rules are those of `rooms/full_name.py`. */
export function looksFull(name: string): boolean {
  const words = name.normalize('NFC').trim().split(/\s+/u)
  const first = words[0] ?? ''
  const last = words.at(-1) ?? ''
  if (words.length < 2 || words.length > 4 || first.length < 2 || last.length < 3) return false
  const middle = words.slice(1, -1)
  return isProper(first) && isProper(last) && middle.every((word) => PARTICLES.has(word) || isProper(word))
}

/** As names are written: Maya, O'Neil, Anna-Maria, MAYA. */
function isProper(word: string): boolean {
  const parts = word.split(/['\u2019-]/)
  if (word.length >= 3 && /^\p{Lu}+$/u.test(parts.join(''))) return true
  return parts.every((part) => /^\p{Lu}\p{Ll}*$/u.test(part))
}

/** Return the name that was to be remembered, or null. */
export function rememberedName(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

/** Remember a name on this device, or with null forget it. */
export function rememberName(name: string | null): void {
  try {
    if (name === null) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, name)
  } catch {
    // Without storage nothing is remembered, which is the careful side.
  }
}
