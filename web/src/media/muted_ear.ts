/**
 * Hears whether somebody talks while the microphone is off, in a copy of a capture that is open anyway.
 * Nothing of it leaves the page, and it never opens a microphone.
 */
export class MutedEar {
  #context: AudioContext | null = null
  #copy: MediaStreamTrack | null = null
  #meter: AnalyserNode | null = null
  #samples = new Float32Array(1_024)

  /** Listen at a track that is silenced; once begun it goes on until it is closed. */
  open(track: MediaStreamTrack): void {
    if (this.#context !== null) return
    try {
      const context = new AudioContext()
      this.#context = context
      this.#copy = track.clone()
      this.#copy.enabled = true
      this.#meter = context.createAnalyser()
      this.#samples = new Float32Array(this.#meter.fftSize)
      context.createMediaStreamSource(new MediaStream([this.#copy])).connect(this.#meter)
    } catch {
      // No sound device, or too many of the page's own: then nothing is said about talking.
      this.close()
    }
  }

  /** The root of the mean square of the last samples, 0 to 1. */
  level(): number {
    if (this.#meter === null) return 0
    this.#meter.getFloatTimeDomainData(this.#samples)
    const sum = this.#samples.reduce((total, one) => total + one * one, 0)
    return Math.sqrt(sum / this.#samples.length)
  }

  close(): void {
    this.#copy?.stop()
    this.#copy = null
    this.#meter = null
    void this.#context?.close().catch(() => undefined)
    this.#context = null
  }
}
