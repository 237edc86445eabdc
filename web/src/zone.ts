import { signal } from '@preact/signals'
import { deviceZone, isZone } from './state/times'

const KEY = 'zone'

/** The zone that times are shown in: this device's, or another that was chosen here. */
export const zone = signal(rememberedZone() ?? deviceZone())

/** Show times in this zone, and remember it on this device where it is not the device's own. */
export function chooseZone(chosen: string): void {
  zone.value = chosen
  try {
    if (chosen === deviceZone()) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, chosen)
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

function rememberedZone(): string | null {
  try {
    const kept = localStorage.getItem(KEY)
    return kept !== null && isZone(kept) ? kept : null
  } catch {
    return null
  }
}
