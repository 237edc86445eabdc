import type { MicProblem } from '../media/mic'
import type { Blocked } from '../media/speakers'
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
  /** Why the browser lets no sound out, or null. */
  readonly blocked: Blocked | null
  /** When the server said that it restarts, or 0. */
  readonly restart_ms: number
  /** The server does not reach the others that are one place with it. */
  readonly isApart: boolean
  /** That, and nothing else, was what is over since `back_ms`. */
  readonly wasApart: boolean
  /** When everything was fine again after a notice, or 0. */
  readonly back_ms: number
  readonly mic: MicTrouble | null
  /** Who turned the own microphone off, or null. */
  readonly mutedBy: string | null
  /** The sound may come out elsewhere, since a device left or another one is the usual. */
  readonly output: 'gone' | 'moved' | null
  /** Much of the sound gets lost on the way. */
  readonly isLossy: boolean
  /** The person asked for little data already. */
  readonly savesData: boolean
  readonly slowedUntil_ms: number
  /** What just happened to the person, to be read for a while; the announcer says it apart. */
  readonly told: Told | null
  /** What the person just did and may take back. */
  readonly undoable: Told | null
  /** When the history was thrown away, or 0. */
  readonly reset_ms: number
}

/** What there is to say about the own microphone: a problem, or that one is over. */
export type MicTrouble = MicProblem | 'in_app' | 'silent' | 'unsent' | 'allowed'

export interface Told {
  readonly text: TextKey
  readonly name: string
  readonly at_ms: number
}

export type NoticeAction =
  | 'unlock_sound'
  | 'come_back'
  | 'repair'
  | 'less_data'
  | 'sound_off'
  | 'turn_on_mic'
  | 'open_mic'
  | 'choose_mic'
  | 'explain_mic'
  | 'open_elsewhere'
  | 'write'
  | 'close_mic_notice'
  | 'close_output_notice'
  | 'close_loss_notice'
  | 'undo'

export interface Notice {
  readonly text: TextKey
  readonly name?: string
  /** Seconds that it has lasted, for texts that say so. */
  readonly seconds?: number
  /** 'thin' is a line without a box of its own weight: nothing is lost, and nothing need be done. */
  readonly tone: 'thin' | 'calm' | 'warm'
  readonly actions: readonly NoticeAction[]
  readonly urgency: 'polite' | 'assertive' | 'none'
}

/** The connection is lost, whichever of these says it. */
const LOST: readonly TextKey[] = ['sound.lost', 'sound.never', 'link.offline']
const URGENT_ONCE_MS = 60_000

/** A short break is nobody's concern. */
const LINK_GRACE_MS = 2_000
/** The transport reports a break only after 5 s without an answer, and some heal at once. */
const SOUND_GRACE_MS = 1_000
/** First sound: on loopback it takes a quarter of a second. */
const OPENING_GRACE_MS = 5_000
/** Another transport or another network, while the sound was fine: a look every 2 s tells. */
const ANEW_GRACE_MS = 4_000
const TRY_NOW_AFTER_MS = 30_000
/** A link that is down for longer is more than a blink, though the sound goes on. */
const LINK_LONG_MS = 10_000
/** A server that restarts is mostly back within a few seconds. */
const RESTART_LATE_MS = 20_000
export const BACK_SHOWN_MS = 4_000
const RESET_SHOWN_MS = 10_000
export const TOLD_SHOWN_MS = 10_000
export const UNDO_SHOWN_MS = 10_000

/** What can be done about the own microphone; the last one closes the notice. */
const MIC_ACTIONS: Readonly<Record<MicTrouble, readonly NoticeAction[]>> = {
  refused: ['explain_mic', 'write'],
  in_app: ['open_elsewhere', 'write'],
  insecure: ['write'],
  missing: ['open_mic', 'write'],
  in_use: ['open_mic', 'choose_mic', 'write'],
  ended: ['turn_on_mic', 'choose_mic'],
  interrupted: ['come_back'],
  silent: ['choose_mic', 'open_mic'],
  unsent: ['open_mic'],
  failed: ['open_mic', 'choose_mic', 'write'],
  allowed: ['turn_on_mic'],
}

/** What to show: at most one notice about the connection, the own microphone, news, and what can be undone. */
export function notices(troubles: Troubles): Notice[] {
  const found = [
    connectionNotice(troubles),
    outputNotice(troubles),
    micNotice(troubles),
    toldNotice(troubles),
    undoNotice(troubles),
  ]
  return found.filter((notice) => notice !== null)
}

/**
 * How urgently to read a notice out. What is urgent is so once: within a minute it is polite, for a connection
 * that comes and goes must not talk over the meeting each time. `urgent_ms` holds when, and is kept here.
 */
export function urgencyOf(
  { text, urgency }: Notice,
  urgent_ms: Map<string, number>,
  now_ms: number,
): Notice['urgency'] {
  if (urgency !== 'assertive') return urgency
  const trouble = LOST.includes(text) ? 'lost' : text
  const last_ms = urgent_ms.get(trouble)
  if (last_ms !== undefined && now_ms - last_ms < URGENT_ONCE_MS) return 'polite'
  urgent_ms.set(trouble, now_ms)
  return urgency
}

/** Whether something that a notice was shown for is still wrong. */
export function isTroubled(troubles: Troubles): boolean {
  const quiet = { ...troubles, back_ms: 0, reset_ms: 0, slowedUntil_ms: 0, isLossy: false }
  return connectionNotice(quiet) !== null
}

/** Sound first, then the link, then what has passed: of these at most one. */
function connectionNotice(troubles: Troubles): Notice | null {
  return (
    blockedNotice(troubles) ??
    restartNotice(troubles) ??
    soundNotice(troubles) ??
    linkNotice(troubles) ??
    passingNotice(troubles)
  )
}

function blockedNotice({ blocked, mic }: Troubles): Notice | null {
  if (blocked === null) return null
  if (blocked === 'refused') return warm('sound.blocked', ['unlock_sound'], 'assertive')
  // A call takes both, and one press brings both back.
  return warm(mic === 'interrupted' ? 'sound.taken_both' : 'sound.taken', ['come_back'], 'assertive')
}

function restartNotice({ link, restart_ms, now_ms }: Troubles): Notice | null {
  if (restart_ms === 0 || link === 'up' || link === 'over') return null
  const away_ms = now_ms - restart_ms
  const seconds = Math.floor(away_ms / 1_000)
  if (away_ms < RESTART_LATE_MS) return { ...calm('link.restarting'), seconds }
  return { ...calm('link.restart_late'), actions: ['repair'], seconds }
}

function soundNotice(troubles: Troubles): Notice | null {
  const { now_ms, media } = troubles
  if (!isSoundGone(media, now_ms)) return null
  const lost_ms = now_ms - media.broken_ms
  const late: NoticeAction[] = troubles.savesData ? ['repair'] : ['repair', 'less_data']
  const text = troubles.isOnline ? (media.hadSound ? 'sound.lost' : 'sound.never') : 'link.offline'
  return {
    ...warm(text, lost_ms >= TRY_NOW_AFTER_MS ? late : [], 'assertive'),
    seconds: Math.floor(lost_ms / 1_000),
  }
}

function linkNotice(troubles: Troubles): Notice | null {
  const { link, linkSince_ms, now_ms, isOnline } = troubles
  const down_ms = now_ms - linkSince_ms
  if (link === 'up' && troubles.isApart) return calm('link.apart')
  if (link === 'up' || link === 'over' || down_ms < LINK_GRACE_MS) return null
  if (!isOnline) return calm('link.offline_sound')
  if (down_ms >= LINK_LONG_MS) return { ...calm('link.long'), actions: ['repair'] }
  return { ...calm('link.updating'), tone: 'thin' }
}

function passingNotice(troubles: Troubles): Notice | null {
  const { now_ms, reset_ms, back_ms } = troubles
  if (reset_ms > 0 && now_ms - reset_ms < RESET_SHOWN_MS) return calm('link.reset')
  if (troubles.slowedUntil_ms > now_ms) return calm('chat.too_fast')
  if (back_ms > 0 && now_ms - back_ms < BACK_SHOWN_MS)
    return { ...calm(troubles.wasApart ? 'link.whole' : 'link.back'), tone: 'thin' }
  if (troubles.isLossy && !troubles.savesData)
    return { ...calm('sound.lossy'), actions: ['less_data', 'close_loss_notice'] }
  return null
}

function isSoundGone(media: MediaState, now_ms: number): boolean {
  if (media.phase === 'closed' || media.phase === 'flowing') return false
  const isNew = media.phase === 'opening' || media.isSuspected
  const grace_ms = isNew ? (media.hadSound ? ANEW_GRACE_MS : OPENING_GRACE_MS) : SOUND_GRACE_MS
  return now_ms - media.broken_ms >= grace_ms
}

function outputNotice({ output, blocked }: Troubles): Notice | null {
  if (output === null || blocked !== null) return null
  return warm(`sound.output_${output}`, ['sound_off', 'close_output_notice'], 'assertive')
}

function micNotice({ mic, mutedBy, blocked }: Troubles): Notice | null {
  if (mutedBy !== null) return { ...warm('mic.muted_by_host', [], 'none'), name: mutedBy }
  if (mic === null || (mic === 'interrupted' && blocked === 'taken')) return null
  const actions: NoticeAction[] = [...MIC_ACTIONS[mic], 'close_mic_notice']
  const isGood = mic === 'allowed'
  return {
    text: `mic.${mic}`,
    tone: isGood ? 'calm' : 'warm',
    actions,
    urgency: isGood ? 'polite' : 'assertive',
  }
}

function toldNotice({ told, now_ms }: Troubles): Notice | null {
  if (told === null || now_ms - told.at_ms >= TOLD_SHOWN_MS) return null
  return { ...calm(told.text, 'none'), name: told.name }
}

function undoNotice({ undoable, now_ms }: Troubles): Notice | null {
  if (undoable === null || now_ms - undoable.at_ms >= UNDO_SHOWN_MS) return null
  return { ...calm(undoable.text, 'none'), name: undoable.name, actions: ['undo'] }
}

function calm(text: TextKey, urgency: Notice['urgency'] = 'polite'): Notice {
  return { text, tone: 'calm', actions: [], urgency }
}

function warm(text: TextKey, actions: readonly NoticeAction[], urgency: Notice['urgency']): Notice {
  return { text, tone: 'warm', actions, urgency }
}
