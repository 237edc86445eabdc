import { endWhenHidden } from '../hide'
import { settings } from '../settings'
import { captureWish } from './capture'

export type MicPhase = 'off' | 'asking' | 'on'

/** Why there is no microphone, in kinds that the page has words for. */
export type MicProblem = 'refused' | 'insecure' | 'missing' | 'in_use' | 'ended' | 'interrupted' | 'failed'

export interface MicListener {
  phaseChanged(phase: MicPhase): void
  problemChanged(problem: MicProblem | null): void
  /** Plug this in, or with null pull it out. */
  trackChanged(track: MediaStreamTrack | null): Promise<void>
}

/** A short pause keeps the capture, to spare phones a change of audio route; then the mic light goes out. */
const KEEP_CAPTURE_MS = 5_000
/** What the system takes for longer is a phone call: after it the microphone must not be on by itself. */
const TAKEN_MS = 2_000

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
  #taken: ReturnType<typeof setTimeout> | undefined

  /** `isTurn` says whether the person's turn goes on: then a mute is a pause, however long. */
  constructor(
    private readonly listener: MicListener,
    private readonly isTurn: () => boolean = () => false,
  ) {}

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
    this.#releaseLater()
  }

  #releaseLater(): void {
    clearTimeout(this.#release)
    clearTimeout(this.#taken)
    this.#release = setTimeout(() => {
      if (this.isTurn()) this.#releaseLater()
      else this.stop()
    }, KEEP_CAPTURE_MS)
  }

  /** Silence and end the capture at once. */
  stop(): void {
    clearTimeout(this.#release)
    clearTimeout(this.#taken)
    this.#press += 1
    const track = this.#track
    this.#track = null
    track?.stop()
    this.#setPhase('off')
    if (track !== null) void this.listener.trackChanged(null).catch(() => undefined)
  }

  /** Somebody chose another microphone, or another sound of it. The old one is heard until the new one is there. */
  async swap(): Promise<void> {
    if (this.#phase !== 'on') {
      this.stop()
      return
    }
    const press = this.#press
    try {
      const track = await this.#capture()
      if (press !== this.#press) {
        track.stop()
        return
      }
      const old = this.#track
      this.#watch(track)
      this.#track = track
      track.enabled = true
      await this.listener.trackChanged(track)
      old?.stop()
    } catch (error) {
      if (press === this.#press) this.listener.problemChanged(problemOf(error))
    }
  }

  async #capture(): Promise<MediaStreamTrack> {
    const devices: MediaDevices | undefined = navigator.mediaDevices
    if (devices === undefined) throw new DOMException('no secure context', 'InsecureError')
    const stream = await devices.getUserMedia({ audio: captureWish(settings.value) })
    const track = stream.getAudioTracks()[0]
    if (track === undefined) throw new DOMException('no audio track', 'NotFoundError')
    endWhenHidden(track)
    track.enabled = false
    return track
  }

  #watch(track: MediaStreamTrack): void {
    track.addEventListener('ended', () => this.#lose(track, 'ended'))
    // The system took the microphone for a while: a phone call, another page.
    let taken_ms = Number.POSITIVE_INFINITY
    track.addEventListener('mute', () => {
      taken_ms = performance.now()
      clearTimeout(this.#taken)
      if (this.#track === track) this.#taken = setTimeout(() => this.#lose(track, 'interrupted'), TAKEN_MS)
    })
    track.addEventListener('unmute', () => {
      if (this.#track === track) clearTimeout(this.#taken)
      // The page may have been asleep during the call, and its timers with it.
      if (performance.now() - taken_ms >= TAKEN_MS) this.#lose(track, 'interrupted')
    })
  }

  #lose(track: MediaStreamTrack, problem: MicProblem): void {
    if (this.#track !== track) return
    const wasOn = this.#phase === 'on'
    this.stop()
    if (wasOn) this.listener.problemChanged(problem)
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
