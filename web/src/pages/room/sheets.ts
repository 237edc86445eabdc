import { signal } from '@preact/signals'
import type { ReportReason } from '../../wire.gen'

/** Somebody whom the page is about, seated or gone. */
export interface Known {
  readonly member_id: number
  readonly name: string
}

/** A report that is begun: about whom, and perhaps what is already known of it. */
export interface Begun extends Known {
  readonly reason?: ReportReason
  readonly words?: string
}

/** What the person has opened beside the room, and what they began to write there. */
export class Sheets {
  /** Whose sheet is open. */
  readonly person = signal<Known | null>(null)
  /** About whom a report is being written. */
  readonly report = signal<Begun | null>(null)
  /** What is open of the person's own things: all of them, or one alone. */
  readonly more = signal<'menu' | 'check' | 'rename' | null>(null)
  readonly isBlockedOpen = signal(false)
  readonly areLettersOpen = signal(false)
  /** The list of keys. */
  readonly areKeysOpen = signal(false)
  /** With whom the private words are shown; null shows everybody. */
  readonly letter = signal<number | null>(null)
  /** Whether live text is shown where somebody writes it. */
  readonly isLiveTextShown = signal(true)
  /** The line of chat that is not sent yet. */
  readonly draft = signal('')

  /** Show the private words with somebody, or with everybody. */
  openLetters(memberId: number | null): void {
    this.person.value = null
    this.letter.value = memberId
    this.areLettersOpen.value = true
  }
}
