import type { Ending } from '../pages/room/how_it_ended'

/** How a stay ended, in kinds that the page has words for. */
export type EndKind =
  | 'removed'
  | 'banned'
  | 'turned_away'
  | 'closed'
  | 'left'
  | 'lost'
  | 'replaced'
  | 'too_many'
  | 'too_old'
  | 'no_room'
  | 'other'

/** What can be done after the end: get help, sit down again, load the page, go elsewhere, ask why. */
export type WayOut = 'help' | 'again' | 'reload' | 'others' | 'why'

/** Two ways out at least of every end; the first is the one that most will want. */
export const WAYS_OUT: Readonly<Record<EndKind, readonly WayOut[]>> = {
  removed: ['help', 'others', 'why'],
  banned: ['help', 'others'],
  turned_away: ['help', 'others', 'why'],
  closed: ['others', 'help'],
  left: ['again', 'others', 'help'],
  lost: ['again', 'others'],
  replaced: ['again', 'others'],
  too_many: ['again', 'others'],
  too_old: ['reload', 'others'],
  no_room: ['others', 'help'],
  other: ['again', 'others'],
}

/** Ends that somebody may have to tell a helper about; the others need no details. */
export const HAS_DETAILS: ReadonlySet<EndKind> = new Set(['too_many', 'too_old', 'no_room', 'other'])

export function endKind(ending: Ending): EndKind {
  if ('turnedAway' in ending) return ending.turnedAway === 'too_many' ? 'too_many' : 'too_old'
  if ('refusal' in ending) {
    const { code } = ending.refusal
    if (code === 'was_removed') return 'removed'
    return code === 'no_room' || code === 'banned' ? code : 'other'
  }
  const { reason } = ending
  return reason === 'restarting' || reason === 'fault' ? 'other' : reason
}

/** What a helper can look for: the server's own word for it. It names nobody. */
export function endCode(ending: Ending): string {
  if ('turnedAway' in ending) return ending.turnedAway
  return 'refusal' in ending ? ending.refusal.code : ending.reason
}
