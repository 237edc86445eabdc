import { settings } from '../settings'
import { soundThrough } from './output'

/** Plays one sound at a time out of memory, the way voices are played: through an audio element. */
export class Player {
  #element: HTMLAudioElement | null = null
  #address = ''

  /** Play it; resolves to whether it came to its end. To be called inside a tap. */
  play(sound: Blob): Promise<boolean> {
    this.stop()
    const element = document.createElement('audio')
    this.#element = element
    this.#address = URL.createObjectURL(sound)
    soundThrough(element, settings.value.speaker)
    element.src = this.#address
    // In the document, where hiding the page finds it.
    document.body.append(element)
    return new Promise((resolve) => {
      const end = (wasHeard: boolean) => {
        if (this.#element === element) this.stop()
        resolve(wasHeard)
      }
      element.addEventListener('ended', () => end(true))
      element.addEventListener('error', () => end(false))
      element.addEventListener('pause', () => {
        if (!element.ended) end(false)
      })
      element.play().catch(() => end(false))
    })
  }

  /** Be quiet at once and forget the sound. */
  stop(): void {
    const element = this.#element
    this.#element = null
    element?.pause()
    element?.removeAttribute('src')
    element?.remove()
    if (this.#address !== '') URL.revokeObjectURL(this.#address)
    this.#address = ''
  }
}
