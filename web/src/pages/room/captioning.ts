import { signal } from '@preact/signals'
import { newestLine, nextLine, splitDraft } from '../../state/captions'
import type { Command } from '../../state/outbox'
import type { Refusal, Room } from '../../wire.gen'

/** What a captioner's page needs of the stay. */
interface Stay {
  readonly room: { readonly value: Room | null }
  readonly me: { readonly value: number }
  ask(command: Command): Promise<Refusal | null>
}

/** Letters go out in groups, this far apart (rooms/limits.py: CAPTION_PER_S allows a little more). */
export const GROUP_MS = 400
/** After such a pause the line is over, and the next letter begins another one. */
export const PAUSE_MS = 3_000

interface Written {
  readonly line: number
  readonly text: string
  readonly is_over: boolean
}

/** Live text as its author's page sends it: of each line only the newest state waits, one travels at a time. */
export class Captioning {
  /** The line that goes on. */
  readonly draft = signal('')
  #line: number
  /** Whether the server knows of the line, or will. */
  #isBegun = false
  #waiting: Written[] = []
  #isSending = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #pause: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly stay: Stay) {
    const room = stay.room.value
    this.#line = room === null ? 1 : nextLine(room, stay.me.value)
  }

  /** The field holds this now. While a letter is being composed the line is not cut. */
  write(typed: string, isComposing = false): void {
    const { over, rest } = isComposing ? { over: [], rest: typed } : splitDraft(typed)
    for (const text of over) this.#endLine(text)
    this.draft.value = rest
    if (this.#isBegun || rest.trim() !== '') this.#put(rest.trim(), false)
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => this.finish(), PAUSE_MS)
    this.#schedule(over.length > 0)
  }

  /** Enter, or a pause: the line is over. */
  finish(): void {
    clearTimeout(this.#pause)
    const text = this.draft.value.trim()
    this.draft.value = ''
    if (text === '' && !this.#isBegun) return
    this.#endLine(text)
    this.#schedule(true)
  }

  /** Take the newest line back into the field, to write it once more. */
  correct(): void {
    const room = this.stay.room.value
    const newest = room === null ? null : newestLine(room, this.stay.me.value)
    if (newest === null || this.draft.value !== '' || this.#waiting.length > 0) return
    this.#line = newest.line
    this.#isBegun = true
    this.draft.value = newest.text
  }

  /** The room changed: what a host erased is not written on. */
  follow(room: Room): void {
    const isErased = room.captions.some(
      (one) => one.member_id === this.stay.me.value && one.line === this.#line && one.is_erased,
    )
    if (isErased) this.#startAnew()
  }

  stop(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#pause)
  }

  #endLine(text: string): void {
    this.#put(text, true)
    this.#line += 1
    this.#isBegun = false
  }

  #put(text: string, is_over: boolean): void {
    const written = { line: this.#line, text, is_over }
    this.#waiting = [...this.#waiting.filter((one) => one.line !== this.#line), written]
    this.#isBegun = true
  }

  #schedule(isAtOnce: boolean): void {
    if (this.#waiting.length === 0) return
    if (isAtOnce) void this.#send()
    else this.#timer ??= setTimeout(() => void this.#send(), GROUP_MS)
  }

  async #send(): Promise<void> {
    if (this.#isSending) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    const [next, ...later] = this.#waiting
    if (next === undefined) return
    this.#waiting = later
    this.#isSending = true
    const refusal = await this.stay.ask({ event: 'write_caption', payload: { ...next } })
    this.#isSending = false
    if (refusal?.code === 'no_such_line' && next.line === this.#line) this.#startAnew()
    this.#schedule(this.#waiting[0]?.is_over === true)
  }

  #startAnew(): void {
    this.#waiting = this.#waiting.filter((one) => one.line !== this.#line)
    this.draft.value = ''
    this.#line += 1
    this.#isBegun = false
  }
}
