/** How loud, of 1: well under a voice, so that it does not come through the microphone. */
const GAIN = 0.05
const TONE_HZ = 660
const TONE_S = 0.18
const REST_S = 0.12

/**
 * A soft tone in the ear and a short buzz in the hand of one person, `count` times. Where a device has
 * neither, nothing happens: the words on the page say the same.
 */
export function chime(count: number): void {
  if ('vibrate' in navigator) navigator.vibrate(Array.from({ length: 2 * count - 1 }, () => 90))
  if (!('AudioContext' in globalThis)) return
  try {
    ring(new AudioContext(), count)
  } catch {
    // No sound device, or too many of the page's own: the words are there.
  }
}

function ring(context: AudioContext, count: number): void {
  const loudness = context.createGain()
  loudness.gain.value = 0
  loudness.connect(context.destination)
  const tone = context.createOscillator()
  tone.frequency.value = TONE_HZ
  tone.connect(loudness)
  const begin_s = context.currentTime
  for (let n = 0; n < count; n += 1) {
    const at_s = begin_s + n * (TONE_S + REST_S)
    loudness.gain.setTargetAtTime(GAIN, at_s, 0.02) // no click at either end
    loudness.gain.setTargetAtTime(0, at_s + TONE_S, 0.03)
  }
  tone.onended = () => void context.close().catch(() => undefined)
  tone.start()
  tone.stop(begin_s + count * (TONE_S + REST_S) + 0.2)
}
