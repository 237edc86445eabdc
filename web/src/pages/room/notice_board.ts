import { computed, signal } from '@preact/signals'
import { announcer } from '../../a11y/announcer'
import { CLOSED_MEDIA } from '../../state/media'
import {
  isTroubled,
  type Notice,
  notices,
  TOLD_SHOWN_MS,
  type Told,
  type Troubles,
  UNDO_SHOWN_MS,
  urgencyOf,
} from '../../state/notices'
import { type TextKey, t } from '../../text'
import { savesData } from '../../thrift'
import type { Refusal } from '../../wire.gen'
import { refusalKey, refusalText, waitText } from '../refusal'

/** One monotonic clock for notices and voices. */
export const now = () => performance.now()

/** Notices come and go no finer than this. */
const LOOK_EVERY_MS = 500
const BACK_KEPT_MS = 10_000
const RESET_KEPT_MS = 20_000

/** What the strip below the header says, and the announcer with it when it appears. */
export class NoticeBoard {
  readonly troubles = signal<Troubles>({
    now_ms: now(),
    link: 'idle',
    linkSince_ms: now(),
    media: CLOSED_MEDIA,
    isOnline: navigator.onLine,
    blocked: null,
    restart_ms: 0,
    back_ms: 0,
    mic: null,
    mutedBy: null,
    output: null,
    isLossy: false,
    savesData: savesData(),
    isApart: false,
    wasApart: false,
    slowedUntil_ms: 0,
    told: null,
    undoable: null,
    reset_ms: 0,
  })
  readonly notices = computed(() => notices(this.troubles.value))
  #wasTroubled = false
  readonly #urgent_ms = new Map<string, number>()

  /** Something is different from now on. */
  note(change: Partial<Troubles>): void {
    const now_ms = now()
    const before = this.notices.value
    let troubles: Troubles = { ...this.troubles.value, ...change, now_ms }
    const isBad = isTroubled(troubles)
    if (this.#wasTroubled && !isBad)
      troubles = { ...troubles, back_ms: now_ms, wasApart: before.some(({ text }) => text === 'link.apart') }
    this.#wasTroubled = isBad
    if (troubles.back_ms > 0 && now_ms - troubles.back_ms > BACK_KEPT_MS)
      troubles = { ...troubles, back_ms: 0 }
    if (troubles.reset_ms > 0 && now_ms - troubles.reset_ms > RESET_KEPT_MS)
      troubles = { ...troubles, reset_ms: 0 }
    if (troubles.told !== null && now_ms - troubles.told.at_ms >= TOLD_SHOWN_MS)
      troubles = { ...troubles, told: null }
    if (troubles.undoable !== null) troubles = { ...troubles, undoable: kept(troubles.undoable, now_ms) }
    if (troubles.slowedUntil_ms < now_ms) troubles = { ...troubles, slowedUntil_ms: 0 }
    this.troubles.value = troubles
    this.#sayNew(before)
  }

  /** Say for a while what just happened. */
  tell(text: TextKey, name = ''): void {
    this.note({ told: { text, name, at_ms: now() } })
  }

  /** Offer for a while to take back what the person just did. */
  offerUndo(text: TextKey, name: string): void {
    this.note({ undoable: { text, name, at_ms: now() } })
  }

  /** Say for a while, and aloud, why something was not done; `name` is who it was about. */
  tellRefusal({ code, retry_ms }: Refusal, name = ''): void {
    this.tell(refusalKey(code), code === 'on_probation' ? waitText(retry_ms) : name)
    announcer.announce({ text: refusalText(code, name, retry_ms), urgency: 'polite' })
  }

  /** To be called a few times a second: notices appear and go with time; fine states cost nothing. */
  tick(): void {
    const { back_ms, link, media, now_ms, reset_ms, slowedUntil_ms, told, undoable } = this.troubles.value
    const isQuiet = link === 'up' && media.phase === 'flowing' && !this.#wasTroubled
    const hasTimed = back_ms + reset_ms + slowedUntil_ms > 0 || told !== null || undoable !== null
    if ((isQuiet && !hasTimed) || now() - now_ms < LOOK_EVERY_MS) return
    this.note({})
  }

  /** Read out a notice when it appears, not again while it stays. */
  #sayNew(before: readonly Notice[]): void {
    for (const notice of this.notices.value) {
      if (before.some((old) => old.text === notice.text)) continue
      const urgency = urgencyOf(notice, this.#urgent_ms, this.troubles.value.now_ms)
      if (urgency !== 'none') announcer.announce({ text: noticeText(notice), urgency })
    }
  }
}

/** The time to undo does not run out while somebody is about to press the button. */
function kept(undoable: Told, now_ms: number): Told | null {
  if (document.querySelector('.note.undo:is(:hover, :focus-within)') !== null)
    return { ...undoable, at_ms: now_ms }
  return now_ms - undoable.at_ms < UNDO_SHOWN_MS ? undoable : null
}

export function noticeText(notice: Notice): string {
  const name = notice.name ?? ''
  return t(notice.text, { name, role: name, time: name })
}
