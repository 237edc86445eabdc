import type { MicProblem } from '../media/mic'
import type { LinkPhase } from '../net/link'
import type { TextKey } from '../text'
import type { MediaState } from './media'

/** What the strip below the header may have to say, as one value. Times are of one monotonic clock. */
export interface Troubles {
  readonly now_ms: number
  readonly link: LinkPhase
  readonly linkSince_ms: number
  readonly media: MediaState
  readonly isOnline: boolean
  readonly isSoundBlocked: boolean
  readonly isServerRestarting: boolean
  /** When everything was fine again after a notice, or 0. */
  readonly back_ms: number
  readonly micProblem: MicProblem | null
  /** Who turned the own microphone off, or null. */
  readonly mutedBy: string | null
  readonly slowedUntil_ms: number
  /** What just happened to the person, to be read for a while; the announcer says it apart. */
  readonly told: Told | null
  /** What the person just did and may take back. */
  readonly undoable: Told | null
  /** When the history was thrown away, or 0. */
  readonly reset_ms: number
}

export interface Told {
  readonly text: TextKey
  readonly name: string
  readonly at_ms: number
}

export type NoticeAction =
  | 'unlock_sound'
  | 'repair'
  | 'open_mic'
  | 'explain_mic'
  | 'close_mic_notice'
  | 'undo'

export interface Notice {
  readonly text: TextKey
  readonly name?: string
  /** Seconds that it has lasted, for texts that say so. */
  readonly seconds?: number
  readonly tone: 'calm' | 'warm'
  readonly actions: readonly NoticeAction[]
  readonly urgency: 'polite' | 'assertive' | 'none'
}

/** A short break is nobody's concern. */
const LINK_GRACE_MS = 2_000
const SOUND_GRACE_MS = 2_500
/** First sound: on loopback it takes a quarter of a second. */
const OPENING_GRACE_MS = 5_000
const TRY_NOW_AFTER_MS = 30_000
export const BACK_SHOWN_MS = 4_000
const RESET_SHOWN_MS = 10_000
export const TOLD_SHOWN_MS = 10_000
export const UNDO_SHOWN_MS = 10_000

const MIC_TEXTS: Readonly<Record<MicProblem, TextKey>> = {
  refused: 'mic.refused',
  missing: 'mic.missing',
  in_use: 'mic.in_use',
  insecure: 'mic.insecure',
  ended: 'mic.ended',
  interrupted: 'mic.interrupted',
  failed: 'mic.failed',
}

const MIC_ACTIONS: Readonly<Record<MicProblem, readonly NoticeAction[]>> = {
  refused: ['explain_mic', 'close_mic_notice'],
  missing: ['open_mic', 'close_mic_notice'],
  in_use: ['open_mic', 'close_mic_notice'],
  insecure: ['close_mic_notice'],
  ended: ['open_mic', 'close_mic_notice'],
  interrupted: [],
  failed: ['open_mic', 'close_mic_notice'],
}

/** What to show: at most one notice about the connection, the own microphone, news, and what can be undone. */
export function notices(troubles: Troubles): Notice[] {
  const found = [connectionNotice(troubles), micNotice(troubles), toldNotice(troubles), undoNotice(troubles)]
  return found.filter((notice) => notice !== null)
}

/** Whether something that a notice was shown for is still wrong. */
export function isTroubled(troubles: Troubles): boolean {
  const notice = connectionNotice({ ...troubles, back_ms: 0, reset_ms: 0, slowedUntil_ms: 0 })
  return notice !== null
}

function connectionNotice(troubles: Troubles): Notice | null {
  const { now_ms, media, link } = troubles
  if (troubles.isSoundBlocked) {
    return { text: 'sound.blocked', tone: 'warm', actions: ['unlock_sound'], urgency: 'assertive' }
  }
  const isLinkDown = link !== 'up' && link !== 'over' && now_ms - troubles.linkSince_ms >= LINK_GRACE_MS
  if (troubles.isServerRestarting && link !== 'up') return calm('link.restarting', 'polite')
  const lost_ms = now_ms - media.broken_ms
  if (isSoundGone(media, now_ms)) {
    const actions: NoticeAction[] = lost_ms >= TRY_NOW_AFTER_MS ? ['repair'] : []
    const text = troubles.isOnline ? (media.hadSound ? 'sound.lost' : 'sound.never') : 'link.offline'
    return { text, tone: 'warm', actions, urgency: 'assertive', seconds: Math.floor(lost_ms / 1_000) }
  }
  if (isLinkDown) return calm(troubles.isOnline ? 'link.updating' : 'link.offline_sound', 'polite')
  if (troubles.reset_ms > 0 && now_ms - troubles.reset_ms < RESET_SHOWN_MS)
    return calm('link.reset', 'polite')
  if (troubles.slowedUntil_ms > now_ms) return calm('chat.too_fast', 'polite')
  if (troubles.back_ms > 0 && now_ms - troubles.back_ms < BACK_SHOWN_MS) return calm('link.back', 'polite')
  return null
}

function isSoundGone(media: MediaState, now_ms: number): boolean {
  if (media.phase === 'closed' || media.phase === 'flowing') return false
  const grace_ms = media.phase === 'opening' && !media.hadSound ? OPENING_GRACE_MS : SOUND_GRACE_MS
  return now_ms - media.broken_ms >= grace_ms
}

function micNotice(troubles: Troubles): Notice | null {
  const problem = troubles.micProblem
  if (troubles.mutedBy !== null) {
    return { text: 'mic.muted_by_host', name: troubles.mutedBy, tone: 'warm', actions: [], urgency: 'none' }
  }
  if (problem === null) return null
  return { text: MIC_TEXTS[problem], tone: 'warm', actions: MIC_ACTIONS[problem], urgency: 'assertive' }
}

function toldNotice({ told, now_ms }: Troubles): Notice | null {
  if (told === null || now_ms - told.at_ms >= TOLD_SHOWN_MS) return null
  return { ...calm(told.text, 'none'), name: told.name }
}

function undoNotice({ undoable, now_ms }: Troubles): Notice | null {
  if (undoable === null || now_ms - undoable.at_ms >= UNDO_SHOWN_MS) return null
  return { ...calm(undoable.text, 'none'), name: undoable.name, actions: ['undo'] }
}

function calm(text: TextKey, urgency: Notice['urgency']): Notice {
  return { text, tone: 'calm', actions: [], urgency }
}
