import { useSignal } from '@preact/signals'
import { t, tCount } from '../../text'
import type { Hand, Room } from '../../wire.gen'
import type { RoomSession } from './session'

/** A long queue is folded. */
const FOLDED = 12

/** Who waits for a turn, in the order that is the same for everybody. */
export function Queue({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const isUnfolded = useSignal(false)
  const { hands, mode } = room.floor
  if (mode === 'open' && hands.length === 0) return null
  const shown = isUnfolded.value ? hands : hands.slice(0, FOLDED)
  return (
    <section class="queue" aria-labelledby="hands-up">
      <h2 id="hands-up">{t('queue.title', { count: hands.length })}</h2>
      <ol>
        {shown.map((hand, index) => (
          <Waiting
            key={hand.member_id}
            session={session}
            hand={hand}
            place={index}
            last={hands.length - 1}
            name={room.members[hand.member_id]?.name ?? ''}
          />
        ))}
      </ol>
      {hands.length > FOLDED && (
        <button
          type="button"
          aria-expanded={isUnfolded.value}
          onClick={() => {
            isUnfolded.value = !isUnfolded.value
          }}
        >
          {isUnfolded.value ? t('room.show_fewer') : tCount('queue.show_all', hands.length - FOLDED)}
        </button>
      )}
    </section>
  )
}

interface WaitingProps {
  readonly session: RoomSession
  readonly hand: Hand
  /** 0 is next. */
  readonly place: number
  readonly last: number
  readonly name: string
}

function Waiting({ session, hand, place, last, name }: WaitingProps) {
  const isSelf = hand.member_id === session.me.value
  return (
    <li class="waiting" data-self={isSelf}>
      <span class="place">{place + 1}</span>
      <span class="who">
        <span class="name">{name}</span> {isSelf && <span>({t('people.you')})</span>}{' '}
        {hand.lane !== 'share' && <span class="mark">{t(`lane.${hand.lane}`)}</span>}
      </span>
      {session.may('run_floor') && (
        <HandTools session={session} hand={hand} place={place} last={last} name={name} />
      )}
    </li>
  )
}

/** What whoever runs the floor can do with one hand. */
function HandTools({ session, hand, place, last, name }: WaitingProps) {
  const { member_id } = hand
  const move = (to: number) =>
    void session.act({ event: 'move_hand', payload: { member_id, place: to } }, name)
  return (
    <span class="hand-tools">
      <button
        type="button"
        aria-label={t('queue.call_name', { name })}
        onClick={() => void session.act({ event: 'give_floor', payload: { member_id } }, name)}
      >
        {t('queue.call')}
      </button>
      <button
        type="button"
        aria-label={t('queue.skip_name', { name })}
        aria-disabled={place === last}
        onClick={() => place < last && move(last)}
      >
        {t('queue.skip')}
      </button>
      <button
        type="button"
        aria-label={t('queue.up_name', { name })}
        aria-disabled={place === 0}
        onClick={() => place > 0 && move(place - 1)}
      >
        {t('queue.up')}
      </button>
      <button
        type="button"
        aria-label={t('queue.down_name', { name })}
        aria-disabled={place === last}
        onClick={() => place < last && move(place + 1)}
      >
        {t('queue.down')}
      </button>
      <button
        type="button"
        aria-label={t('queue.lower_name', { name })}
        onClick={() => void session.act({ event: 'lower_hand', payload: { member_id } }, name)}
      >
        {t('queue.lower')}
      </button>
    </span>
  )
}
