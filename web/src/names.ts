/** Names to start from: short, for anybody, of no country. */
const GENTLE = [
  'Alder',
  'Amber',
  'Aspen',
  'Birch',
  'Brook',
  'Cedar',
  'Clover',
  'Coral',
  'Dale',
  'Fern',
  'Finch',
  'Harbor',
  'Hazel',
  'Heron',
  'Indigo',
  'Juniper',
  'Lark',
  'Laurel',
  'Linden',
  'Maple',
  'Meadow',
  'Moss',
  'Olive',
  'Pebble',
  'Plum',
  'Reed',
  'River',
  'Robin',
  'Rowan',
  'Sage',
  'Sorrel',
  'Tern',
  'Thistle',
  'Willow',
  'Wren',
]

const KEY = 'name'
const FULL_NAME = /^\p{Lu}\p{Ll}+[ -]\p{Lu}\p{Ll}{2,}$/u

/** Return a made-up name; `random` is from 0 to below 1. */
export function gentleName(random: number): string {
  return GENTLE[Math.floor(random * GENTLE.length)] ?? 'Robin'
}

/** Whether a name looks like one that a person has in a passport. */
export function looksFull(name: string): boolean {
  return FULL_NAME.test(name.trim())
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
