import type { Settings } from '../settings'

/** What to ask the browser for: one voice, cleaned unless the person wants it as it is. */
export function captureWish(
  chosen: Pick<Settings, 'microphone' | 'has_raw_sound'>,
): MediaTrackConstraints & { readonly deviceId?: string } {
  const isCleaned = !chosen.has_raw_sound
  return {
    echoCancellation: isCleaned,
    noiseSuppression: isCleaned,
    autoGainControl: isCleaned,
    channelCount: 1,
    // Only a wish: where that one is not connected, the usual one is taken.
    ...(chosen.microphone === '' ? {} : { deviceId: chosen.microphone }),
  }
}
