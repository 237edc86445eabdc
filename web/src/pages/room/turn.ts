import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { announcer } from '../../a11y/announcer'
import { chime, cue } from '../../media/chime'
import type { MicPhase } from '../../media/mic'
import { settings } from '../../settings'
import { type Closed, type ShareTime, shareTime, timeMark } from '../../state/floor'
import { may } from '../../state/hearing'
import type { Command } from '../../state/outbox'
import { spokenTime } from '../../state/spoken'
import { isTold } from '../../state/told'
import type { Member, Refusal, Room } from '../../wire.gen'

/** What a turn needs of the stay. */
interface Stay {
  readonly room: ReadonlySignal<Room | null>
  readonly self: ReadonlySignal<Member | null>
  readonly mic: ReadonlySignal<MicPhase>
  readonly closed: ReadonlySignal<Closed | null>
  ask(command: Command): Promise<Refusal | null>
}

/** A share in writing goes out this often while it is being written. */
const WRITE_EVERY_MS = 1_500

/** Turns as this page takes part in them: the server's clock, the question when called, the written share. */
export class Turn {
  /** The server's time, once a second. */
  readonly now_ms = signal(Date.now())
  /** Whether the sheet about raising a hand is open. */
  readonly isAsking = signal(false)
  readonly isWriting = signal(false)
  /** What the person has written in this turn. */
  readonly draft = signal('')
  /** Which turn the person has answered to, by its beginning. */
  readonly #answered_ms = signal(0)
  readonly isMine = computed(() => {
    const share = this.stay.room.value?.floor.share
    return share?.member_id === this.stay.self.value?.member_id && share !== undefined && share !== null
  })
  /** Whether the person is being asked: called, silent so far, and not yet answered. */
  readonly isCalled = computed(
    () =>
      this.isMine.value &&
      this.stay.mic.value === 'off' &&
      this.stay.closed.value !== 'frozen' &&
      this.stay.room.value?.floor.share?.since_ms !== this.#answered_ms.value,
  )
  readonly time = computed<ShareTime | null>(() => {
    const share = this.stay.room.value?.floor.share ?? null
    return share === null ? null : shareTime(share, this.now_ms.value)
  })

  #offset_ms = Date.now() - performance.now()
  #said: ReturnType<typeof timeMark> = 'running'
  #sent: string | null = ''
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly stay: Stay) {}

  /** The server said what time it is. */
  readClock(server_ms: number): void {
    this.#offset_ms = server_ms - performance.now()
    this.#look()
  }

  /** A fact has this time: the server's clock is not behind it, also after this device slept. */
  notBefore(at_ms: number): void {
    if (at_ms > this.#offset_ms + performance.now()) this.readClock(at_ms)
  }

  /** To be called a few times a second: moves the clock, and warns whoever it concerns. */
  tick(): void {
    const room = this.stay.room.value
    if (room === null) return
    this.#look()
    if (room.floor.share !== null) this.#warn(room)
  }

  /** The room changed. */
  follow(before: Room | null, after: Room | null): void {
    this.#look()
    const isOpen = after?.floor.mode === 'open' && !after.order.is_frozen
    if (isOpen && this.stay.closed.value === null) this.isAsking.value = false
    const old = before?.floor.share
    const share = after?.floor.share
    if (old?.since_ms === share?.since_ms && old?.member_id === share?.member_id) {
      // What is left was told with it, and half of it means little then.
      if (share?.limit_ms !== old?.limit_ms) this.#said = 'half'
      return
    }
    // Who comes in the middle is not told what was told before.
    this.#said = before === null ? 'half' : 'running'
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.isWriting.value = false
    this.draft.value = this.isMine.value ? (share?.text ?? '') : ''
    this.#sent = this.draft.value
    if (!this.isMine.value) return
    this.isAsking.value = false
    cue('turn')
    if (this.stay.mic.value === 'on') this.answer()
  }

  /** The question was answered: the sheet goes. */
  answer(): void {
    this.#answered_ms.value = this.stay.room.value?.floor.share?.since_ms ?? 0
  }

  /** Press of "Share in writing". */
  startWriting(): void {
    this.answer()
    this.isWriting.value = true
  }

  write(text: string): void {
    this.draft.value = text
    this.#timer ??= setTimeout(() => void this.#send(), WRITE_EVERY_MS)
  }

  /** The own turn ends: with what was written last, or passed. */
  async end(passed: boolean): Promise<void> {
    this.answer()
    if (!passed) await this.#send()
    await this.stay.ask({ event: 'end_share', payload: { passed } })
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  async #send(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const text = this.draft.value
    if (text === this.#sent || !this.isMine.value) return
    this.#sent = text
    const refusal = await this.stay.ask({ event: 'write_share', payload: { text } })
    if (refusal !== null) this.#sent = null // not what is there: the next word takes all along again
  }

  #look(): void {
    const now_ms = Math.floor((this.#offset_ms + performance.now()) / 1_000) * 1_000
    if (now_ms !== this.now_ms.value) this.now_ms.value = now_ms
  }

  /** Half of the time, half a minute before its end, and its end: softly, to the speaker and to whoever keeps time. */
  #warn(room: Room): void {
    const [time, self] = [this.time.value, this.stay.self.value]
    const mark = time === null ? 'running' : timeMark(time)
    if (mark === this.#said || self === null) return
    const wasSaid = mark === 'half' && this.#said !== 'running'
    this.#said = mark
    const isMine = this.isMine.value
    if (wasSaid || !(isMine || may(self.role, 'keep_time'))) return
    const name = room.members[room.floor.share?.member_id ?? 0]?.name ?? ''
    const spoken = spokenTime(mark, isMine, name)
    if (spoken === null) return
    if (isTold(spoken, settings.value)) announcer.announce(spoken)
    if (isMine && mark !== 'half') chime(mark === 'over' ? 2 : 1)
  }
}
