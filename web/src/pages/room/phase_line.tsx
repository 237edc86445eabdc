import { useEffect } from 'preact/hooks'
import { announcer } from '../../a11y/announcer'
import { joined } from '../../state/locale'
import { timeIn } from '../../state/times'
import { t } from '../../text'
import type { Room } from '../../wire.gen'
import { zone } from '../../zone'
import type { RoomSession } from './session'

/** This long before its end a meeting says so. */
const NEAR_MS = 300_000

/** Whose shift it is, where somebody has one. */
export function DutyLine({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const me = session.me.value
  const names = room.on_duty.flatMap((id) => (id === me ? [] : [room.members[id]?.name ?? []]).flat())
  if (room.on_duty.includes(me)) return <p class="phase-line">{t('duty.mine')}</p>
  return names.length > 0 ? <p class="phase-line soft">{t('duty.of', { names: joined(names) })}</p> : null
}

/** Where the meeting stands and when it ends, below the title; nothing for a room round the clock. */
export function PhaseLine({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const { phase, starts_ms, ends_ms } = room
  const left_ms = ends_ms - session.turn.now_ms.value
  const isNear = phase !== 'doors' && ends_ms > 0 && left_ms > 0 && left_ms <= NEAR_MS
  const time = timeIn(zone.value, phase === 'doors' ? starts_ms : ends_ms)
  const near = t(phase === 'fellowship' ? 'time.near_fellowship' : 'time.near', { time })
  useEffect(() => {
    if (isNear) announcer.announce({ text: near, urgency: 'polite' })
  }, [isNear])
  if (isNear) return <p class="note calm phase-line">{near}</p>
  if (phase === 'doors') {
    return <p class="phase-line">{t(starts_ms > 0 ? 'time.doors' : 'time.doors_open', { time })}</p>
  }
  if (phase === 'fellowship') {
    return <p class="phase-line">{t(ends_ms > 0 ? 'time.fellowship_until' : 'time.fellowship', { time })}</p>
  }
  return ends_ms > 0 ? <p class="phase-line soft">{t('time.until', { time })}</p> : null
}
