import { endWhenHidden } from '../hide'

export type MicPhase = 'off' | 'asking' | 'on'

/** Why there is no microphone, in kinds that the page has words for. */
export type MicProblem = 'refused' | 'missing' | 'in_use' | 'insecure' | 'ended' | 'interrupted' | 'failed'

export interface MicListener {
  phaseChanged(phase: MicPhase): void
  problemChanged(problem: MicProblem | null): void
  /** Plug this in, or with null pull it out. */
  trackChanged(track: MediaStreamTrack | null): Promise<void>
}

/** A short pause keeps the capture, to spare phones a change of audio route; then the mic light goes out. */
const KEEP_CAPTURE_MS = 5_000

const PROBLEMS: Readonly<Record<string, MicProblem>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'in_use',
  AbortError: 'in_use',
}

/** The own microphone: asked for only by a press, off at once, let go of a little later. */
export class Mic {
  #phase: MicPhase = 'off'
  #track: MediaStreamTrack | null = null
  /** Counts the presses, so that an answer of the browser to an older one is dropped. */
  #press = 0
  #release: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly listener: MicListener) {}

  get phase(): MicPhase {
    return this.#phase
  }

  get track(): MediaStreamTrack | null {
    return this.#track
  }

  /** Open the microphone. Returns whether it is open; if not, the listener knows why. */
  async open(): Promise<boolean> {
    if (this.#phase !== 'off') return this.#phase === 'on'
    clearTimeout(this.#release)
    this.#press += 1
    const press = this.#press
    this.listener.problemChanged(null)
    this.#setPhase('asking')
    try {
      const track = this.#track ?? (await this.#capture())
      if (press !== this.#press) {
        // Closed while the browser was asking.
        if (track !== this.#track) track.stop()
        return false
      }
      if (track !== this.#track) this.#watch(track)
      this.#track = track
      await this.listener.trackChanged(track)
      if (press !== this.#press) return false
      track.enabled = true
      this.#setPhase('on')
      return true
    } catch (error) {
      if (press !== this.#press) return false
      this.stop()
      this.listener.problemChanged(problemOf(error))
      return false
    }
  }

  /** Silence at once; the capture ends a little later. */
  close(): void {
    this.#press += 1
    if (this.#track !== null) this.#track.enabled = false
    this.#setPhase('off')
    clearTimeout(this.#release)
    this.#release = setTimeout(() => this.stop(), KEEP_CAPTURE_MS)
  }

  /** Silence and end the capture at once. */
  stop(): void {
    clearTimeout(this.#release)
    this.#press += 1
    const track = this.#track
    this.#track = null
    track?.stop()
    this.#setPhase('off')
    if (track !== null) void this.listener.trackChanged(null).catch(() => undefined)
  }

  async #capture(): Promise<MediaStreamTrack> {
    const devices: MediaDevices | undefined = navigator.mediaDevices
    if (devices === undefined) throw new DOMException('no secure context', 'InsecureError')
    const stream = await devices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    })
    const track = stream.getAudioTracks()[0]
    if (track === undefined) throw new DOMException('no audio track', 'NotFoundError')
    endWhenHidden(track)
    track.enabled = false
    return track
  }

  #watch(track: MediaStreamTrack): void {
    track.addEventListener('ended', () => {
      if (this.#track !== track) return
      const wasOn = this.#phase === 'on'
      this.stop()
      if (wasOn) this.listener.problemChanged('ended')
    })
    // The system took the microphone for a while: a phone call, another page.
    track.addEventListener('mute', () => {
      if (this.#track === track && this.#phase === 'on') this.listener.problemChanged('interrupted')
    })
    track.addEventListener('unmute', () => {
      if (this.#track === track) this.listener.problemChanged(null)
    })
  }

  #setPhase(phase: MicPhase): void {
    if (phase === this.#phase) return
    this.#phase = phase
    this.listener.phaseChanged(phase)
  }
}

export function problemOf(error: unknown): MicProblem {
  if (!(error instanceof DOMException)) return 'failed'
  return error.name === 'InsecureError' ? 'insecure' : (PROBLEMS[error.name] ?? 'failed')
}
