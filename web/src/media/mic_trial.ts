import { endWhenHidden } from '../hide'
import { settings } from '../settings'
import { captureWish } from './capture'

/** A browser without a sound device never says whether it went on: then there is no bar. */
const RESUME_WAIT_MS = 1_000
const SAMPLES = 1_024

/**
 * A microphone that is only tried: nothing of it leaves the page. To be opened by a press that says so, and closed
 * in every case.
 */
export class MicTrial {
  readonly #stream: MediaStream
  readonly #context: AudioContext | null
  readonly #analyser: AnalyserNode | null = null
  readonly #samples = new Float32Array(SAMPLES)
  #recorder: MediaRecorder | null = null

  private constructor(stream: MediaStream) {
    this.#stream = stream
    this.#context = 'AudioContext' in globalThis ? new AudioContext() : null
    if (this.#context === null) return
    this.#analyser = this.#context.createAnalyser()
    this.#analyser.fftSize = SAMPLES
    this.#context.createMediaStreamSource(stream).connect(this.#analyser)
  }

  /** Ask for the microphone. Throws what the browser throws where there is none. */
  static async open(): Promise<MicTrial> {
    const media: MediaDevices | undefined = navigator.mediaDevices
    if (media === undefined) throw new DOMException('no secure context', 'InsecureError')
    const stream = await media.getUserMedia({ audio: captureWish(settings.value) })
    for (const track of stream.getTracks()) endWhenHidden(track)
    const trial = new MicTrial(stream)
    await trial.#start()
    return trial
  }

  /** Whether there is a bar to show. */
  get hasLevel(): boolean {
    return this.#context?.state === 'running'
  }

  /** Whether the browser can record for a moment. */
  get canRecord(): boolean {
    return 'MediaRecorder' in globalThis
  }

  /** Called when the microphone went away by itself. */
  onEnded(ended: () => void): void {
    this.#stream.getAudioTracks()[0]?.addEventListener('ended', ended)
  }

  /** The newest samples of what the microphone hears, between -1 and 1. */
  samples(): Float32Array {
    this.#analyser?.getFloatTimeDomainData(this.#samples)
    return this.#samples
  }

  /** Record for so long; the sound stays in memory. Null where the trial was closed meanwhile. */
  record(length_ms: number): Promise<Blob | null> {
    return new Promise((resolve, reject) => {
      const parts: Blob[] = []
      const recorder = new MediaRecorder(this.#stream)
      this.#recorder = recorder
      recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
      recorder.addEventListener('error', () => reject(new Error('the recording failed')))
      recorder.addEventListener('stop', () => {
        const isOurs = this.#recorder === recorder
        this.#recorder = null
        resolve(isOurs ? new Blob(parts, { type: recorder.mimeType }) : null)
      })
      recorder.start()
      setTimeout(() => recorder.state !== 'inactive' && recorder.stop(), length_ms)
    })
  }

  /** Let go of the microphone, and of what was recorded. */
  close(): void {
    const recorder = this.#recorder
    this.#recorder = null
    if (recorder !== null && recorder.state !== 'inactive') recorder.stop()
    for (const track of this.#stream.getTracks()) track.stop()
    void this.#context?.close().catch(() => undefined)
  }

  async #start(): Promise<void> {
    if (this.#context === null || this.#context.state === 'running') return
    const patience = new Promise((resolve) => setTimeout(resolve, RESUME_WAIT_MS))
    await Promise.race([this.#context.resume().catch(() => undefined), patience])
  }
}
