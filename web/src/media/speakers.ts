import { settings } from '../settings'
import { systemOf } from '../state/system'
import { soundThrough } from './output'
import { wavFile } from './wav'

/** As many as the server has slots for each listener. */
const POOL_SIZE = 3
const SILENCE_HZ = 8_000

/** Why no sound comes out until the person taps: the browser refused, or something took it, as a call does. */
export type Blocked = 'refused' | 'taken'
/** How loud the meeting is, of 1, while somebody holds it down: a screen reader is well above it. */
const DUCKED = 0.2

export interface SpeakersListener {
  blockedChanged(blocked: Blocked | null): void
}

/**
 * A fixed pool of audio elements, one for each slot. They are made and started inside a tap, since some
 * browsers let only such elements sound, and then used again for every transport.
 */
export class Speakers {
  #elements: HTMLAudioElement[] = []
  #listener: SpeakersListener | null = null
  #blocked: Blocked | null = null
  #isClosed = false
  #volume = 1
  #isDucked = false
  #silence: string | null = null
  /** Silence that goes on and on, where only such sound keeps the voices of a pure listener coming. */
  #pulse: HTMLAudioElement | null = null

  get blocked(): Blocked | null {
    return this.#blocked
  }

  listen(listener: SpeakersListener): void {
    this.#listener = listener
    listener.blockedChanged(this.#blocked)
  }

  /** Make and start the elements. To be called inside a tap; calling it again starts what was stopped. */
  unlock(): void {
    this.#isClosed = false
    this.#silence ??= URL.createObjectURL(silence())
    while (this.#elements.length < POOL_SIZE) this.#add()
    for (const element of this.#elements) {
      if (element.srcObject === null && element.src === '') element.src = this.#silence
      this.#play(element)
    }
    if (needsPulse()) this.#startPulse(this.#silence)
  }

  /** The page is looked at again, or the devices changed: play on what the system stopped, if it lets us. */
  playOn(): void {
    for (const element of this.#elements) {
      if (element.paused && element.srcObject instanceof MediaStream) this.#play(element)
    }
    if (this.#pulse?.paused) this.#play(this.#pulse)
  }

  /** Let a slot's track sound. */
  attach(slot: number, track: MediaStreamTrack): void {
    while (this.#elements.length <= slot) this.#add()
    const element = this.#elements[slot]
    if (element === undefined) return
    element.srcObject = new MediaStream([track])
    this.#play(element)
  }

  /** How loud the person wants it, 0 to 1; also at 0 the sound goes on arriving. */
  setVolume(volume: number): void {
    this.#volume = volume
    for (const element of this.#elements) this.#tune(element)
  }

  /** Sound where the settings say. */
  moveToChosen(): void {
    for (const element of this.#elements) soundThrough(element, settings.value.speaker)
  }

  /** Quieter for a while, so that something else can be heard. Some phones leave loudness to their buttons. */
  duck(isDucked: boolean): void {
    this.#isDucked = isDucked
    for (const element of this.#elements) this.#tune(element)
  }

  /** Stop all sound at once and let go of the elements. */
  close(): void {
    this.#isClosed = true
    for (const element of this.#elements) {
      element.pause()
      element.srcObject = null
      element.removeAttribute('src')
      element.remove()
    }
    this.#elements = []
    this.#pulse?.pause()
    this.#pulse?.remove()
    this.#pulse = null
    if (this.#silence !== null) URL.revokeObjectURL(this.#silence)
    this.#silence = null
    this.#setBlocked(null)
  }

  #startPulse(silence: string): void {
    const pulse = this.#pulse ?? document.createElement('audio')
    if (this.#pulse === null) {
      pulse.loop = true
      pulse.src = silence
      document.body.append(pulse)
      this.#pulse = pulse
    }
    this.#play(pulse)
  }

  #add(): void {
    const element = document.createElement('audio')
    this.#tune(element)
    soundThrough(element, settings.value.speaker)
    element.addEventListener('playing', () => {
      if (this.#elements.every((other) => !other.paused)) this.#setBlocked(null)
    })
    element.addEventListener('pause', () => this.#onPause(element))
    // In the document, so that every browser counts it as playing and none collects it.
    document.body.append(element)
    this.#elements.push(element)
  }

  /** Some phones leave the volume to their own keys, but all can be silent. */
  #tune(element: HTMLAudioElement): void {
    element.volume = this.#volume * (this.#isDucked ? DUCKED : 1)
    element.muted = this.#volume === 0
  }

  /** Paused by nobody here: a phone call, a headset's button, the system. */
  #onPause(element: HTMLAudioElement): void {
    // A silent start-up sound that came to its end, or a change of source, is no interruption.
    if (this.#isClosed || element.ended || !(element.srcObject instanceof MediaStream)) return
    setTimeout(() => {
      if (!this.#isClosed && element.paused && element.isConnected) this.#setBlocked('taken')
    }, 300)
  }

  #play(element: HTMLAudioElement): void {
    element.play().catch((error: unknown) => {
      // AbortError only says that another source came meanwhile.
      const isRefused = error instanceof DOMException && error.name === 'NotAllowedError'
      if (isRefused && !this.#isClosed) this.#setBlocked(this.#blocked ?? 'refused')
    })
  }

  #setBlocked(blocked: Blocked | null): void {
    if (blocked === this.#blocked) return
    this.#blocked = blocked
    this.#listener?.blockedChanged(blocked)
  }
}

/**
 * Browsers on iPhones and iPads let the voices of WebRTC sound only while the page captures, or plays
 * something else (reported by makers of other clients; not tried on a device).
 */
function needsPulse(): boolean {
  return systemOf(navigator.userAgent, navigator.maxTouchPoints) === 'ios'
}

/** A file of nothing. A start needs 50 ms, what goes on all the time a second. */
function silence(): Blob {
  return wavFile(SILENCE_HZ, new Float32Array(needsPulse() ? SILENCE_HZ : SILENCE_HZ / 20))
}
