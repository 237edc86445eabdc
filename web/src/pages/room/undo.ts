import { announcer } from '../../a11y/announcer'
import type { Command } from '../../state/outbox'
import { type TextKey, t } from '../../text'
import type { Commit, Refusal } from '../../wire.gen'
import type { NoticeBoard } from './notice_board'

/** What taking back needs of the stay. */
interface Stay {
  readonly board: NoticeBoard
  ask(command: Command): Promise<Refusal | null>
}

/** What was just done to somebody, and the way back for a few seconds. */
export class Undo {
  /** The bans that this page placed, by whom each was for: only the log says what they are called. */
  readonly #bans = new Map<number, string>()
  #back: (() => readonly Command[]) | null = null

  constructor(private readonly stay: Stay) {}

  /** A commit arrived; `me` is the own number. */
  follow({ fact }: Commit, me: number): void {
    if (fact.type === 'ban_placed' && fact.by === me) this.#bans.set(fact.member_id, fact.ban.ban_id)
  }

  /** Say what was done, and offer to take it back: `back` is asked only when the button is pressed. */
  offer(text: TextKey, name: string, back: () => readonly Command[]): void {
    this.#back = back
    this.stay.board.offerUndo(text, name)
    announcer.announce({ text: `${t(text, { name })} ${t('undo.can')}`, urgency: 'polite' })
  }

  /** The way back from bans: those of these people that this page placed. */
  liftBans(members: readonly number[]): readonly Command[] {
    return members
      .map((memberId) => this.#bans.get(memberId))
      .filter((ban_id) => ban_id !== undefined)
      .map((ban_id) => ({ event: 'lift_ban', payload: { ban_id } }))
  }

  /** Press of "Undo". */
  async press(): Promise<void> {
    const commands = this.#back?.() ?? []
    this.#back = null
    this.stay.board.note({ undoable: null })
    let refused: Refusal | null = null
    for (const command of commands) refused = (await this.stay.ask(command)) ?? refused
    if (refused === null) this.stay.board.tell('undo.undone')
    else this.stay.board.tellRefusal(refused)
    if (refused === null) announcer.announce({ text: t('undo.undone'), urgency: 'polite' })
  }
}

/** The way back from removals. */
export function liftRemovals(members: readonly number[]): readonly Command[] {
  return members.map((member_id) => ({ event: 'lift_removal', payload: { member_id } }))
}
