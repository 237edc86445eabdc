export type System = 'android' | 'ios' | 'mac' | 'windows' | 'other'

/** Return what a device runs, as far as it matters to words and sound. */
export function systemOf(userAgent: string, maxTouchPoints: number): System {
  if (/iPhone|iPad|iPod/.test(userAgent)) return 'ios'
  if (userAgent.includes('Android')) return 'android'
  // An iPad says that it is a Mac; no Mac has a touch screen.
  if (userAgent.includes('Macintosh')) return maxTouchPoints > 1 ? 'ios' : 'mac'
  return userAgent.includes('Windows') ? 'windows' : 'other'
}
