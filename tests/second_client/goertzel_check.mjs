// The meter itself: prints what it measures of a tone, of another tone, and of noise.
import { Goertzel } from './goertzel.mjs'

const RATE = 48_000
const measure = (make) => {
  const meter = new Goertzel(440, RATE)
  let last
  for (let start = 0; start < RATE; start += 480) {
    const samples = Int16Array.from({ length: 480 }, (_, i) => Math.round(9_000 * make((start + i) / RATE)))
    last = meter.add('line', samples, 1) ?? last
  }
  return last
}
console.log(
  JSON.stringify({
    tone: measure((at) => Math.sin(2 * Math.PI * 440 * at)),
    other: measure((at) => Math.sin(2 * Math.PI * 470 * at)),
    both: measure((at) => Math.sin(2 * Math.PI * 440 * at) + 0.2 * Math.sin(2 * Math.PI * 900 * at)),
  }),
)
