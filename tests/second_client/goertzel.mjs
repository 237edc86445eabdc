// One tone told from everything else, by Goertzel's filter (G. Goertzel, 1958) over windows of 200 ms.

const WINDOW_S = 0.2
const FLOOR = 1e-20

/** Measures one frequency in any number of lines of 16-bit sound. */
export class Goertzel {
  constructor(hz, rate) {
    // A whole number of periods in the window, so that the tone leaks into nothing.
    const periods = Math.round(WINDOW_S * hz)
    this.length = Math.round((periods * rate) / hz)
    this.coefficient = 2 * Math.cos((2 * Math.PI * periods) / this.length)
    this.lines = new Map()
  }

  /** Add samples of a line; at the end of each window: the tone and all the rest, in dB of full scale. */
  add(line, samples, channels) {
    let state = this.lines.get(line)
    if (!state) {
      state = { count: 0, before: 0, last: 0, power: 0 }
      this.lines.set(line, state)
    }
    let measured = null
    for (let i = 0; i < samples.length; i += channels) {
      const sample = samples[i] / 32_768
      const now = sample + this.coefficient * state.last - state.before
      state.before = state.last
      state.last = now
      state.power += sample * sample
      state.count += 1
      if (state.count === this.length) {
        measured = this.close(state)
        Object.assign(state, { count: 0, before: 0, last: 0, power: 0 })
      }
    }
    return measured
  }

  close({ before, last, power }) {
    const square = last * last + before * before - this.coefficient * last * before
    const tone = (2 * square) / (this.length * this.length) // mean square of the sine
    const rest = Math.max(power / this.length - tone, FLOOR)
    return { tone_db: 10 * Math.log10(Math.max(tone, FLOOR)), rest_db: 10 * Math.log10(rest) }
  }
}
