import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { announcer } from '../../a11y/announcer'
import type { Request } from '../../net/link'
import { isBlocked } from '../../state/people'
import { t, tCount } from '../../text'
import type { Answer, FromBrowserEvents, PrivateLine, Refusal, Room } from '../../wire.gen'

/** What private words need of the stay. */
interface Stay {
  readonly room: ReadonlySignal<Room | null>
  readonly me: ReadonlySignal<number>
  request<E extends Request>(event: E, payload: FromBrowserEvents[E]): Promise<Answer | null>
}

/** How things stand with one other member. */
export type LetterPhase = 'asked_by_me' | 'asked_by_them' | 'open' | 'ended'

export interface Letter {
  readonly memberId: number
  /** The name when it was last known. */
  readonly name: string
  readonly phase: LetterPhase
  readonly lines: readonly { readonly isMine: boolean; readonly text: string; readonly sent_ms: number }[]
  readonly unseen: number
}

/** Lines kept of one exchange; they live in this tab and nowhere else. */
const LINES_MAX = 100

/** Where a tab keeps what its person chose about being asked, with the number of the seat. */
const KEY = 'reachable'

/** Private words of this stay: asked for without text, agreed to by both, gone with the tab. */
export class Letters {
  readonly all = signal<ReadonlyMap<number, Letter>>(new Map())
  /** What the person chose about being asked; null before any choice: then newcomers are not asked. */
  readonly isReachable = signal<boolean | null>(null)
  /** What the person has not looked at yet. */
  readonly unseen = computed(() => [...this.all.value.values()].filter((letter) => letter.unseen > 0))

  constructor(private readonly stay: Stay) {}

  /** Ask somebody. Resolves to why not, or null. */
  async ask(memberId: number): Promise<Refusal | null> {
    const refusal = refusalOf(await this.stay.request('ask_private', { member_id: memberId }))
    if (refusal === null && this.#of(memberId).phase !== 'open') this.#set(memberId, { phase: 'asked_by_me' })
    return refusal
  }

  /** Say yes or no to somebody who asked, or end it. */
  async answer(memberId: number, yes: boolean): Promise<Refusal | null> {
    const refusal = refusalOf(await this.stay.request('answer_private', { member_id: memberId, yes }))
    if (refusal === null) this.#set(memberId, { phase: yes ? 'open' : 'ended', unseen: 0 })
    return refusal
  }

  /** Send a line. Resolves to why not, or null. */
  async send(memberId: number, text: string): Promise<Refusal | null> {
    const refusal = refusalOf(await this.stay.request('send_private', { member_id: memberId, text }))
    if (refusal === null) this.#addLine(memberId, { isMine: true, text, sent_ms: Date.now() })
    return refusal
  }

  /** Say whether others may ask. */
  async setReachable(on: boolean): Promise<Refusal | null> {
    const refusal = refusalOf(await this.stay.request('set_reachable', { on }))
    if (refusal !== null) return refusal
    this.isReachable.value = on
    try {
      sessionStorage.setItem(KEY, `${this.stay.me.value} ${on}`)
    } catch {
      // Without storage a reload shows what holds for whoever chose nothing.
    }
    return null
  }

  /** After a reload: what this tab said about being asked still holds for the same seat. */
  recall(): void {
    try {
      const [seat, on] = sessionStorage.getItem(KEY)?.split(' ') ?? []
      if (seat === String(this.stay.me.value)) this.isReachable.value = on === 'true'
    } catch {
      // Nothing was kept.
    }
  }

  /** Somebody asks; told again after a break, it is no news. */
  asked(memberId: number): void {
    if (this.#of(memberId).phase === 'asked_by_them') return
    this.#set(memberId, { phase: 'asked_by_them', unseen: 1 })
    this.#say('letters.asked_one', memberId)
  }

  /** Somebody said yes, or ended it. */
  answered(memberId: number, yes: boolean): void {
    const phase: LetterPhase = yes ? 'open' : 'ended'
    const { phase: before } = this.#of(memberId)
    if (before === phase) return
    this.#set(memberId, { phase, unseen: before === 'asked_by_them' ? 0 : 1 })
    // Whoever just said yes need not be told so.
    if (before !== 'asked_by_them' || !yes)
      this.#say(yes ? 'letters.agreed_one' : 'letters.ended_one', memberId)
  }

  received({ member_id, text, sent_ms }: PrivateLine): void {
    this.#addLine(member_id, { isMine: false, text, sent_ms })
    this.#set(member_id, { phase: 'open', unseen: this.#of(member_id).unseen + 1 })
    this.#say('letters.wrote_one', member_id)
  }

  /** The person has looked at it. */
  seen(memberId: number): void {
    if (this.#of(memberId).unseen > 0) this.#set(memberId, { unseen: 0 })
  }

  /** The room changed: with whoever left, or is kept apart from, nothing goes on. */
  follow(room: Room | null): void {
    if (room === null) return
    for (const { memberId, name, phase } of this.all.value.values()) {
      const member = room.members[memberId]
      const isOver = member === undefined || isBlocked(room, memberId) || !room.rules.has_private
      if (isOver && phase !== 'ended') this.#set(memberId, { phase: 'ended', unseen: 0 })
      else if (member !== undefined && member.name !== name) this.#set(memberId, {})
    }
  }

  /** Another seat: the server forgot what the old one had agreed to. */
  forget(): void {
    this.all.value = new Map()
    this.isReachable.value = null
  }

  #say(
    text: 'letters.asked_one' | 'letters.agreed_one' | 'letters.ended_one' | 'letters.wrote_one',
    memberId: number,
  ) {
    announcer.announce({
      text: t(text, { name: this.#of(memberId).name }),
      urgency: 'polite',
      kind: 'letters',
      merged: (count) => tCount('letters.news', count),
    })
  }

  #of(memberId: number): Letter {
    const known = this.all.value.get(memberId)
    const name = this.stay.room.value?.members[memberId]?.name ?? known?.name ?? t('letters.somebody')
    return known === undefined ? { memberId, name, phase: 'ended', lines: [], unseen: 0 } : { ...known, name }
  }

  #addLine(memberId: number, line: Letter['lines'][number]): void {
    this.#set(memberId, { lines: [...this.#of(memberId).lines, line].slice(-LINES_MAX) })
  }

  #set(memberId: number, change: Partial<Letter>): void {
    this.all.value = new Map(this.all.value).set(memberId, { ...this.#of(memberId), ...change })
  }
}

/** Why it was not done: the server's refusal, or a link that broke. */
function refusalOf(answer: Answer | null): Refusal | null {
  if (answer === null) return { type: 'refused', code: 'busy', retry_ms: 0, suggestion: '' }
  return answer.type === 'refused' ? answer : null
}
