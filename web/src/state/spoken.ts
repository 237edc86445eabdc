import type { Announcement } from '../a11y/announcer'
import { clockTime, t, tCount } from '../text'
import type { Commit, Room } from '../wire.gen'
import { zone } from '../zone'
import { placeOf, type timeMark } from './floor'
import { frozenKey, may } from './hearing'
import { isBlocked } from './people'
import { timeIn } from './times'

/** Those who come or go within this time are told together. */
const GATHER_MS = 15_000

/**
 * What a screen reader is told about a commit, or null. The own microphone, and what hosts do to it, is
 * urgent; chat is counted, never read out by itself; who comes, goes or speaks is seen, not said. `room`
 * is the room after it. With `readsChat` each line of chat is read out; else they are counted.
 */
export function spokenFor(
  commit: Commit,
  nameOf: (memberId: number) => string,
  me: number,
  room: Room | null = null,
  readsChat = false,
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
      if (fact.member_id === me) return fact.held_seq > 0 ? polite(t('chat.held_passed')) : null
      if (fact.name === '') return null // by somebody from whom a block parts the person
      if (room !== null && isBlocked(room, fact.member_id)) return null
      if (readsChat) return polite(`${fact.name}: ${fact.text}`)
      return {
        text: t('chat.said_one', { name: fact.name }),
        urgency: 'polite',
        kind: 'chat',
        merged: (count) => tCount('chat.said', count),
      }
    case 'share_began':
      if (fact.member_id === me) return urgent(t('turn.title', { name: nameOf(me) }))
      return { ...heard(t('floor.passes', { name: nameOf(fact.member_id) })), kind: 'floor' }
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
        ...heard(t('hand.raised_one', { name: nameOf(fact.hand.member_id) })),
        kind: 'hand',
        merged: (count) => tCount('hand.raised', count),
      }
    case 'guest_held':
      return fact.member_id === me ? polite(t('wait.held')) : null
    case 'guest_told':
      return fact.member_id === me && fact.by !== me ? polite(t('wait.told', { text: fact.text })) : null
    case 'line_held':
      return fact.member_id === me ? polite(t('chat.held_said')) : null
    case 'held_dropped':
      return fact.member_id === me && commit.by !== me ? polite(t('chat.held_dropped')) : null
    case 'reading_shown':
      return fact.text === '' ? null : { ...heard(t('reading.said', { title: fact.title })), kind: 'reading' }
    case 'all_muted':
      return fact.members.includes(me) ? urgent(t('order.all_muted')) : null
    case 'role_given':
      return fact.member_id === me ? polite(t('role.given', { role: t(`role.${fact.role}`) })) : null
    case 'room_frozen':
      return polite(t(fact.on ? frozenKey(self?.role) : 'order.unfrozen'))
    case 'room_locked':
      return heard(t(fact.on ? 'order.locked' : 'order.unlocked'))
    case 'floor_set':
      return { ...heard(t(`floor.${fact.mode}_set`)), kind: 'mode' }
    case 'chat_set':
      return { ...heard(t(`chat.set_${fact.mode}`)), kind: 'mode of chat' }
    case 'member_joined':
      return fact.member.member_id === me ? null : passing('joined', fact.member.name)
    case 'member_left':
      return fact.member_id === me ? null : passing('left', nameOf(fact.member_id))
    default:
      return null
  }
}

/** How the time of a share goes on, in words: to the speaker, and to whoever keeps time, who is not `isMine`. */
export function spokenTime(
  mark: ReturnType<typeof timeMark>,
  isMine: boolean,
  name: string,
): Announcement | null {
  if (mark === 'running') return null
  return isMine ? polite(t(`floor.${mark}`)) : heard(t(`floor.${mark}_keeper`, { name }))
}

/** What no single commit tells: where the person is, the place in the queue, who leads, and until when. */
export function spokenChange(before: Room | null, after: Room | null, me: number): Announcement[] {
  if (before === null || after === null) return []
  const said = [
    spokenMove(before, after, me),
    spokenPlace(before, after, me),
    spokenWatch(before, after, me),
    spokenPhase(before, after),
  ]
  return said.filter((one) => one !== null)
}

/** Let in, sent back to the door, or trusted with another role. */
function spokenMove(before: Room, after: Room, me: number): Announcement | null {
  const [was, is] = [before.members[me], after.members[me]]
  if (was === undefined && is !== undefined) return waits(before, me) ? urgent(t('wait.let_in')) : null
  if (was !== undefined && is === undefined) return waits(after, me) ? urgent(t('wait.sent_back')) : null
  if (was === undefined || is === undefined || was.role === is.role) return null
  return polite(t('role.given', { role: t(`role.${is.role}`) }))
}

function waits(room: Room, memberId: number): boolean {
  return room.guests.some((guest) => guest.member_id === memberId)
}

/** The own place in the queue, where it is among the first three and another one than before. */
function spokenPlace(before: Room, after: Room, me: number): Announcement | null {
  const place = placeOf(after.floor, me)
  if (place === 0 || place > 3 || place === placeOf(before.floor, me)) return null
  const text = place === 1 ? t('queue.next') : t('queue.place', { place })
  return { text, urgency: 'polite', kind: 'place' }
}

/** Nobody leads: only what comes of it is told, for a host may be back in a moment. */
function spokenWatch(before: Room, after: Room, me: number): Announcement | null {
  const [was, is] = [before.watch, after.watch]
  if (after.on_duty.includes(me) && !before.on_duty.includes(me)) return polite(t('duty.mine'))
  if (is.asked === me && was.asked !== me) return urgent(t('lead.title'))
  if (is.is_safe && !was.is_safe) return heard(`${t('safe.title')} ${t('safe.words')}`)
  const asked = after.members[is.asked]
  if (asked !== undefined && is.asked !== was.asked && !is.is_safe) {
    return { ...heard(t('watch.asked', { name: asked.name })), kind: 'watch' }
  }
  const wasTold = was.is_safe || was.asked !== 0
  return wasTold && is.lost_ms === 0 ? heard(t('watch.led')) : null
}

/** The meeting begins or is over, or what goes on has another end. */
function spokenPhase(before: Room, after: Room): Announcement | null {
  if (before.meeting_id !== after.meeting_id) return null
  if (before.phase !== after.phase) return polite(t(`time.set_${after.phase}`))
  if (before.ends_ms === after.ends_ms || after.ends_ms === 0) return null
  return { ...polite(t('time.longer', { time: timeIn(zone.value, after.ends_ms) })), kind: 'ends' }
}

/** Who comes and goes, told together: of a crowd nobody wants every name. */
function passing(what: 'joined' | 'left', name: string): Announcement {
  return {
    text: t(`people.${what}_one`, { name }),
    urgency: 'polite',
    level: 'everything',
    kind: what,
    merged: (count) => tCount(`people.${what}`, count),
    gather_ms: GATHER_MS,
  }
}

/** About the floor and the order of the room, for everybody who wants to follow it. */
function heard(text: string): Announcement {
  return { ...polite(text), level: 'floor' }
}

function polite(text: string): Announcement {
  return { text, urgency: 'polite' }
}

function urgent(text: string): Announcement {
  return { text, urgency: 'assertive' }
}
