import type { Announcement } from '../a11y/announcer'
import { clockTime, t, tCount } from '../text'
import type { Commit, Room } from '../wire.gen'
import { placeOf } from './floor'
import { may } from './hearing'

/**
 * What a screen reader is told about a commit, or null. The own microphone, and what hosts do to it, is
 * urgent; chat is counted, never read out by itself; who comes, goes or speaks is seen, not said. `room`
 * is the room after it.
 */
export function spokenFor(
  commit: Commit,
  nameOf: (memberId: number) => string,
  me: number,
  room: Room | null = null,
): Announcement | null {
  const { fact } = commit
  const self = room?.members[me]
  switch (fact.type) {
    case 'member_muted':
      return fact.member_id === me ? urgent(t('mic.muted_by_host', { name: nameOf(fact.by) })) : null
    case 'mute_lifted':
      return fact.member_id === me ? { text: t('mic.lifted'), urgency: 'polite' } : null
    case 'microphone_set':
      return fact.member_id === me ? urgent(t(fact.on ? 'mic.now_on' : 'mic.now_off')) : null
    case 'chat_posted':
      if (fact.member_id === me) return null
      return {
        text: t('chat.said_one', { name: fact.name }),
        urgency: 'polite',
        kind: 'chat',
        merged: (count) => tCount('chat.said', count),
      }
    case 'share_began':
      if (fact.member_id === me) return urgent(t('turn.title', { name: nameOf(me) }))
      return { ...polite(t('floor.passes', { name: nameOf(fact.member_id) })), kind: 'floor' }
    case 'share_ended':
      if (fact.member_id !== me) return null
      return urgent(t(self?.mutes.by_self === false ? 'turn.over' : 'turn.over_mic_off'))
    case 'time_added': {
      const share = room?.floor.share
      if (share?.member_id !== me) return null
      const left_ms = share.since_ms + fact.limit_ms - commit.at_ms
      return polite(t('floor.more_time', { time: clockTime(left_ms) }))
    }
    case 'hand_raised':
      if (fact.hand.member_id === me || self === undefined || !may(self.role, 'run_floor')) return null
      return {
        ...polite(t('hand.raised_one', { name: nameOf(fact.hand.member_id) })),
        kind: 'hand',
        merged: (count) => tCount('hand.raised', count),
      }
    case 'all_muted':
      return fact.members.includes(me) ? urgent(t('order.all_muted')) : null
    case 'role_given':
      return fact.member_id === me ? polite(t('role.given', { role: t(`role.${fact.role}`) })) : null
    case 'room_frozen':
      return polite(
        t(fact.on ? (isFree(room, me) ? 'order.frozen_trusted' : 'order.frozen') : 'order.unfrozen'),
      )
    case 'room_locked':
      return polite(t(fact.on ? 'order.locked' : 'order.unlocked'))
    case 'floor_set':
      return { ...polite(t(`floor.${fact.mode}_set`)), kind: 'mode' }
    case 'chat_set':
      return { ...polite(t(`chat.set_${fact.mode}`)), kind: 'mode of chat' }
    default:
      return null
  }
}

/** What is said when the own place in the queue is among the first three and another one than before. */
export function spokenPlace(before: Room | null, after: Room | null, me: number): Announcement | null {
  if (before === null || after === null) return null
  const place = placeOf(after.floor, me)
  if (place === 0 || place > 3 || place === placeOf(before.floor, me)) return null
  const text = place === 1 ? t('queue.next') : t('queue.place', { place })
  return { text, urgency: 'polite', kind: 'place' }
}

function isFree(room: Room | null, me: number): boolean {
  const self = room?.members[me]
  return self !== undefined && may(self.role, 'speak_unasked')
}

function polite(text: string): Announcement {
  return { text, urgency: 'polite' }
}

function urgent(text: string): Announcement {
  return { text, urgency: 'assertive' }
}
