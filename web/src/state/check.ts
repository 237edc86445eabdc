import type { MicProblem } from '../media/mic'

/** Quieter than this is told as nothing: a room without a voice, in decibels below the loudest there is. */
const FLOOR_DB = -60
/** Somewhere the bar went above this while somebody spoke. */
const HEARD = 0.25

/** Return how far the bar goes for samples between -1 and 1: 0 to 1, even steps for even steps of loudness. */
export function barOf(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length)
  if (power === 0) return 0
  const level_db = 10 * Math.log10(power)
  return Math.min(1, Math.max(0, 1 - level_db / FLOOR_DB))
}

/** What is known after a try of the sound and the microphone. */
export interface Tried {
  /** Whether the two tones were heard; null before that was said. */
  readonly hears: boolean | null
  readonly problem: MicProblem | null
  /** How far the bar went at most; null without a microphone, or without a bar. */
  readonly peak: number | null
}

/** What to try next, in the order of what helps most. Each has words `check.try_<what>`. */
export type Advice =
  | 'volume'
  | 'headset'
  | 'speaker'
  | 'allow'
  | 'plug'
  | 'other_app'
  | 'secure'
  | 'mute_key'
  | 'choose'

/** Say what to try next where the sound is not heard. */
export function soundAdvice(canChoose: boolean): readonly Advice[] {
  return canChoose ? ['volume', 'headset', 'speaker'] : ['volume', 'headset']
}

const BY_PROBLEM: Readonly<Record<MicProblem, readonly Advice[]>> = {
  refused: ['allow'],
  missing: ['plug', 'choose'],
  in_use: ['other_app', 'choose'],
  insecure: ['secure'],
  ended: ['plug', 'choose'],
  interrupted: ['other_app'],
  failed: ['other_app', 'plug'],
}

/** Say what to try next where the microphone does not do. */
export function micAdvice({ hears, problem, peak }: Tried): readonly Advice[] {
  if (problem !== null) return BY_PROBLEM[problem]
  if (peak !== null && peak < HEARD) return ['mute_key', 'choose', 'headset']
  // What helps the ear is said already.
  if (hears === false) return ['choose']
  // The bar moved: what was recorded is there, so it is the playing that is not heard.
  return hears === true ? ['choose', 'headset'] : ['volume', 'headset', 'choose']
}
