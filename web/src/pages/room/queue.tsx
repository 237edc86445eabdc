import { useSignal } from '@preact/signals'
import { t, tCount } from '../../text'
import type { Room } from '../../wire.gen'
import type { HandToolsProps } from './hand_tools'
import type { RoomSession } from './session'

type OrderParts = typeof import('./order')

/** A long queue is folded. */
const FOLDED = 12

interface QueueProps {
  readonly session: RoomSession
  readonly room: Room
  /** What hosts can do with a hand, once it is here. */
  readonly parts: OrderParts | null
}

/** Who waits for a turn, in the order that is the same for everybody. */
export function Queue({ session, room, parts }: QueueProps) {
  const isUnfolded = useSignal(false)
  const isMoving = useSignal(false)
  const runsFloor = session.may('run_floor')
  const { hands } = room.floor
  if (hands.length === 0) return null
  const shown = isUnfolded.value ? hands : hands.slice(0, FOLDED)
  return (
    <section class="queue" aria-labelledby="hands-up" data-tools={isMoving.value ? 'all' : 'call'}>
      <div class="row spread">
        <h2 id="hands-up">{t('queue.title', { count: hands.length })}</h2>
        {runsFloor && parts !== null && hands.length > 1 && (
          <button
            type="button"
            class="quiet narrow-only"
            aria-expanded={isMoving.value}
            onClick={() => {
              isMoving.value = !isMoving.value
            }}
          >
            {t(isMoving.value ? 'queue.order_done' : 'queue.order')}
          </button>
        )}
      </div>
      <ol>
        {shown.map((hand, index) => (
          <Waiting
            key={hand.member_id}
            session={session}
            hand={hand}
            place={index}
            last={hands.length - 1}
            name={room.members[hand.member_id]?.name ?? ''}
            parts={parts}
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

type WaitingProps = HandToolsProps & { readonly parts: OrderParts | null }

function Waiting({ session, hand, place, last, name, parts }: WaitingProps) {
  const isSelf = hand.member_id === session.me.value
  return (
    <li class="waiting" data-self={isSelf}>
      <span class="place">{place + 1}</span>
      <span class="who">
        <span class="name">{name}</span> {isSelf && <span>({t('people.you')})</span>}{' '}
        {hand.lane !== 'share' && <span class="mark">{t(`lane.${hand.lane}`)}</span>}
      </span>
      {parts !== null && session.may('run_floor') && (
        <parts.HandTools session={session} hand={hand} place={place} last={last} name={name} />
      )}
    </li>
  )
}
