import { signal } from '@preact/signals'
import type { Request } from '../../net/link'
import type { Answer, FromBrowserEvents, PrivateLine, Refusal } from '../../wire.gen'

/** What private words need of the stay. */
interface Stay {
  request<E extends Request>(event: E, payload: FromBrowserEvents[E]): Promise<Answer | null>
}

/** How things stand with one other member. */
export type LetterPhase = 'asked_by_me' | 'asked_by_them' | 'open' | 'ended'

export interface Letter {
  readonly memberId: number
  readonly phase: LetterPhase
  readonly lines: readonly { readonly isMine: boolean; readonly text: string; readonly sent_ms: number }[]
  readonly unseen: number
}

/** Lines kept of one exchange; they live in this tab and nowhere else. */
const LINES_MAX = 100

/** Private words of this stay: asked for without text, agreed to by both, gone with the tab. */
export class Letters {
  readonly all = signal<ReadonlyMap<number, Letter>>(new Map())

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
    if (refusal === null) this.#set(memberId, { phase: yes ? 'open' : 'ended' })
    return refusal
  }

  /** Send a line. Resolves to why not, or null. */
  async send(memberId: number, text: string): Promise<Refusal | null> {
    const refusal = refusalOf(await this.stay.request('send_private', { member_id: memberId, text }))
    if (refusal === null) this.#addLine(memberId, { isMine: true, text, sent_ms: Date.now() })
    return refusal
  }

  asked(memberId: number): void {
    this.#set(memberId, { phase: 'asked_by_them', unseen: 1 })
  }

  answered(memberId: number, yes: boolean): void {
    this.#set(memberId, { phase: yes ? 'open' : 'ended', unseen: 1 })
  }

  received({ member_id, text, sent_ms }: PrivateLine): void {
    this.#addLine(member_id, { isMine: false, text, sent_ms })
    this.#set(member_id, { phase: 'open', unseen: this.#of(member_id).unseen + 1 })
  }

  /** The person has looked at it. */
  seen(memberId: number): void {
    if (this.#of(memberId).unseen > 0) this.#set(memberId, { unseen: 0 })
  }

  #of(memberId: number): Letter {
    return this.all.value.get(memberId) ?? { memberId, phase: 'ended', lines: [], unseen: 0 }
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
