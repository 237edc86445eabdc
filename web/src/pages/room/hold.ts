import { effect, type ReadonlySignal } from '@preact/signals'
import { announcer } from '../../a11y/announcer'
import type { MicPhase } from '../../media/mic'
import { settings } from '../../settings'
import { changeHold, type Hold, type HoldEnd, type HoldEvent, type Holder, NOT_HELD } from '../../state/hold'
import { t } from '../../text'

/** What holding needs of the stay. */
interface Stay {
  readonly mic: ReadonlySignal<MicPhase>
  pressMic(): Promise<void>
  closeMic(): Promise<void>
}

/** The microphone while somebody holds it open; it watches for everything that ends that. */
export class Holding {
  #hold: Hold = NOT_HELD
  #watching: AbortController | null = null
  /** The button that is held, or null where it is a key without one. */
  #button: Element | null = null

  constructor(private readonly stay: Stay) {}

  get isHeld(): boolean {
    return this.#hold.isHeld
  }

  /** A button goes down, or a key, which has the focus on a button or on none. */
  press(by: Holder, button: Element | null): void {
    if (!this.#hold.isHeld) this.#button = button
    this.#take({ type: 'press', by, at_ms: performance.now() })
  }

  /** It comes up, wherever. */
  release(): void {
    this.#take({ type: 'release', at_ms: performance.now() })
    if (this.#hold.wasTap) this.explain()
  }

  end(why: HoldEnd): void {
    this.#take({ type: 'end', why })
  }

  /** Say how the button works to whoever pressed it like another. */
  explain(): void {
    announcer.announce({ text: t('mic.hold_help'), urgency: 'polite' })
  }

  #take(event: HoldEvent): void {
    const before = this.#hold
    this.#hold = changeHold(before, event)
    if (this.#hold.isHeld === before.isHeld) return
    if (this.#hold.isHeld) {
      this.#watch()
      void this.stay.pressMic()
    } else {
      this.#watching?.abort()
      this.#watching = null
      void this.stay.closeMic()
    }
  }

  #watch(): void {
    this.#watching = new AbortController()
    const { signal } = this.#watching
    const on = (target: EventTarget, type: string, act: (event: Event) => void) =>
      target.addEventListener(type, act, { signal, capture: true })
    for (const type of ['keyup', 'pointerup']) on(window, type, () => this.release())
    on(window, 'pointercancel', () => this.end('cancelled'))
    // A long press is what this is: it brings no menu.
    on(window, 'contextmenu', (event) => event.preventDefault())
    on(window, 'blur', ({ target }) => {
      if (target === window || target === this.#button) this.end('left')
    })
    on(document, 'focusin', ({ target }) => {
      if (target !== this.#button) this.end('elsewhere')
    })
    on(document, 'visibilitychange', () => this.end('hidden'))
    on(window, 'pagehide', () => this.end('hidden'))
    let wasOpen = false
    const stop = effect(() => {
      const phase = this.stay.mic.value
      // A host closed it, the room is frozen, the browser refused: what is held is no microphone any more.
      if (phase === 'off' && wasOpen) queueMicrotask(() => this.end('muted'))
      wasOpen = phase !== 'off'
    })
    signal.addEventListener('abort', stop)
    const stopSettings = effect(() => {
      if (!settings.value.holds_to_talk) queueMicrotask(() => this.end('cancelled'))
    })
    signal.addEventListener('abort', stopSettings)
  }
}
