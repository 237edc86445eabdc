import { wavFile } from './wav'

const RATE_HZ = 24_000
const TONES_HZ = [392, 523] as const
const TONE_S = 0.7
const REST_S = 0.25
/** Of 1: no louder than a quiet voice. */
const GAIN = 0.2

/** Two soft tones, one after the other, each swelling and fading: 1.9 s. */
export function softTones(): Blob {
  const step = Math.round((TONE_S + REST_S) * RATE_HZ)
  const samples = new Float32Array(step * TONES_HZ.length)
  TONES_HZ.forEach((tone_hz, number) => {
    const length = Math.round(TONE_S * RATE_HZ)
    for (let n = 0; n < length; n += 1) {
      const swell = Math.sin((Math.PI * n) / length) ** 2
      samples[number * step + n] = GAIN * swell * Math.sin((2 * Math.PI * tone_hz * n) / RATE_HZ)
    }
  })
  return wavFile(RATE_HZ, samples)
}
