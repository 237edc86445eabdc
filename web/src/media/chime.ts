import { settings } from '../settings'

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
  if (!settings.value.has_cues) return
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

/** Two notes up: the own microphone went on; down: it went off. One deep one: the connection is lost. */
const NOTES_HZ = { mic_on: [523, 659], mic_off: [659, 523], lost: [294], turn: [] } as const
const NOTE_S = 0.09

/** A soft sound for what happened to oneself, for whoever wants it; a called one is touched instead. */
export function cue(what: keyof typeof NOTES_HZ): void {
  if (!settings.value.has_cues) return
  if (what === 'turn' && 'vibrate' in navigator) navigator.vibrate(200)
  if (NOTES_HZ[what].length === 0 || !('AudioContext' in globalThis)) return
  try {
    play(new AudioContext(), NOTES_HZ[what])
  } catch {
    // No sound device, or too many of the page's own: the words are there.
  }
}

function play(context: AudioContext, notes_hz: readonly number[]): void {
  // A context that may not sound never ends its note: it is let go of all the same.
  setTimeout(() => void context.close().catch(() => undefined), 1_000)
  if (context.state !== 'running') return
  const loudness = context.createGain()
  loudness.gain.value = GAIN
  loudness.connect(context.destination)
  const tone = context.createOscillator()
  const begin_s = context.currentTime
  notes_hz.forEach((hz, n) => void tone.frequency.setValueAtTime(hz, begin_s + n * NOTE_S))
  tone.connect(loudness)
  tone.start()
  loudness.gain.setTargetAtTime(0, begin_s + notes_hz.length * NOTE_S, 0.03)
  tone.stop(begin_s + notes_hz.length * NOTE_S + 0.2)
}
