import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { announcer } from '../../a11y/announcer'
import { saidBy } from '../../state/door'
import { joined } from '../../state/locale'
import { t, tCount, timeOfDay } from '../../text'
import { useOnce } from '../../ui/once'
import { useSteady } from '../../ui/steady'
import type { Guest, Room } from '../../wire.gen'
import { DoorTalk } from './door_talk'
import { SendAway } from './send_away'
import type { RoomSession } from './session'

/** A crowd is folded. */
const FOLDED = 12

interface DoorProps {
  readonly session: RoomSession
  readonly room: Room
}

/** Who waits outside, for whoever keeps the door. */
export function Door({ session, room }: DoorProps) {
  const { guests } = room
  const { rows, holding } = useSteady(guests, (guest) => guest.member_id)
  const isUnfolded = useSignal(false)
  const talking = useSignal<Guest | null>(null)
  const turning = useSignal<Guest | null>(null)
  const seen = useSignal<ReadonlyMap<number, number>>(new Map())
  useDoorWords(guests)
  const once = useOnce()
  if (rows.length === 0 && talking.value === null && turning.value === null) return null
  const free = guests.filter((guest) => !guest.is_held)
  const shown = isUnfolded.value ? rows : rows.slice(0, FOLDED)
  const look = (guest: Guest) => {
    const said = room.guests.find((one) => one.member_id === guest.member_id)
    if (said !== undefined) seen.value = new Map(seen.value).set(guest.member_id, saidBy(said))
  }
  return (
    <section class="door card" aria-labelledby="door-title">
      <div class="row spread">
        <h2 id="door-title" tabIndex={-1}>
          {t('door.title', { count: guests.length })}
        </h2>
        {free.length > 1 && (
          <button
            type="button"
            onClick={() => once(() => void session.act({ event: 'admit_all', payload: {} }))}
          >
            {t('door.in_all')}
          </button>
        )}
      </div>
      <ul class="guests" {...holding}>
        {shown.map(({ item, isGone }) => (
          <GuestRow
            key={item.member_id}
            session={session}
            guest={item}
            isGone={isGone}
            isIn={room.members[item.member_id] !== undefined}
            unseen={saidBy(item) - (seen.value.get(item.member_id) ?? 0)}
            onTalk={() => {
              look(item)
              talking.value = item
            }}
            onAway={() => {
              turning.value = item
            }}
          />
        ))}
      </ul>
      {rows.length > FOLDED && (
        <button
          type="button"
          aria-expanded={isUnfolded.value}
          onClick={() => {
            isUnfolded.value = !isUnfolded.value
          }}
        >
          {isUnfolded.value ? t('room.show_fewer') : tCount('door.show_all', rows.length - FOLDED)}
        </button>
      )}
      {talking.value !== null && (
        <DoorTalk
          session={session}
          room={room}
          guest={talking.value}
          onClose={() => {
            if (talking.value !== null) look(talking.value)
            talking.value = null
          }}
        />
      )}
      {turning.value !== null && (
        <SendAway
          session={session}
          person={turning.value}
          from="door"
          onClose={() => {
            turning.value = null
          }}
        />
      )}
    </section>
  )
}

interface GuestRowProps {
  readonly session: RoomSession
  readonly guest: Guest
  readonly isGone: boolean
  readonly isIn: boolean
  /** How much the guest has said that nobody here has looked at. */
  readonly unseen: number
  readonly onTalk: () => void
  readonly onAway: () => void
}

function GuestRow({ session, guest, isGone, isIn, unseen, onTalk, onAway }: GuestRowProps) {
  const { name, member_id } = guest
  const place = useRef<HTMLLIElement>(null)
  const hadFocus = useRef(false)
  const once = useOnce()
  // The button that was pressed goes with the guest: the focus stays at the place, where it says what came of it.
  useEffect(() => {
    if (isGone && hadFocus.current) place.current?.focus({ preventScroll: true })
  }, [isGone])
  if (isGone) {
    return (
      <li ref={place} class="guest gone soft" tabIndex={-1}>
        {t(isIn ? 'door.is_in' : 'door.is_gone', { name })}
      </li>
    )
  }
  const marks = [
    guest.is_new ? t('door.new') : null,
    t('door.since', { time: timeOfDay(guest.since_ms) }),
    guest.is_held ? t('door.held') : null,
  ].filter((mark) => mark !== null)
  return (
    <li
      ref={place}
      class="guest"
      onFocusIn={() => {
        hadFocus.current = true
      }}
      onFocusOut={(event) => {
        // A button that is taken away loses the focus to nothing: that still counts as here.
        if (event.relatedTarget !== null) hadFocus.current = false
      }}
    >
      <span class="who">
        <span class="name">{name}</span> <span class="soft with">{joined(marks)}</span>
      </span>
      <span class="guest-tools">
        <button
          type="button"
          class="main"
          aria-label={t('door.in_name', { name })}
          onClick={() => once(() => void session.act({ event: 'admit_guest', payload: { member_id } }, name))}
        >
          {t('door.in')}
        </button>
        <button
          type="button"
          aria-label={t('door.hold_name', { name })}
          aria-disabled={guest.is_held}
          onClick={() => {
            if (!guest.is_held) void session.act({ event: 'hold_guest', payload: { member_id } }, name)
          }}
        >
          {t('door.hold')}
        </button>
        <button
          type="button"
          id={`talk-${member_id}`}
          aria-haspopup="dialog"
          aria-label={`${t('door.talk_name', { name })}${unseen > 0 ? `. ${t('door.talk_unseen', { count: unseen })}` : ''}`}
          onClick={onTalk}
        >
          {unseen > 0 ? t('door.talk_unseen', { count: unseen }) : t('door.talk')}
        </button>
        <button
          type="button"
          aria-haspopup="dialog"
          aria-label={t('door.away_name', { name })}
          onClick={onAway}
        >
          {t('door.away')}
        </button>
      </span>
    </li>
  )
}

/** Say once who came and that somebody spoke; several at once are one sentence. */
function useDoorWords(guests: readonly Guest[]): void {
  const known = useRef<ReadonlyMap<number, number>>(new Map())
  useEffect(() => {
    for (const guest of guests) {
      const said = known.current.get(guest.member_id)
      if (said === undefined) {
        announcer.announce({
          text: t('door.came_one', { name: guest.name }),
          urgency: 'polite',
          kind: 'door',
          merged: (count) => tCount('door.came', count),
        })
      } else if (saidBy(guest) > said) {
        announcer.announce({
          text: t('door.said_one', { name: guest.name }),
          urgency: 'polite',
          kind: 'words from the door',
          merged: (count) => tCount('door.said', count),
        })
      }
    }
    known.current = new Map(guests.map((guest) => [guest.member_id, saidBy(guest)]))
  }, [guests])
}
