import Snowflake from 'icon:snowflake'
import { holder } from '../../state/people'
import { t } from '../../text'
import { useOnce } from '../../ui/once'
import { ADD_TIME_MS, type Room } from '../../wire.gen'
import { Burst } from './burst'
import type { RoomSession } from './session'

/** What whoever leads, keeps time or keeps order must have at once, small below the next right act. */
export function Desk({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const runsFloor = session.may('run_floor')
  const keepsOrder = session.may('keep_order')
  const keepsTime = session.may('keep_time')
  const holding = holder(room)
  if (!keepsOrder && !(keepsTime && holding !== null)) return null
  const { is_frozen } = room.order
  // While nothing else is to be done first, to let the room go on is the next right act, above.
  const hasFreeze = keepsOrder && !(is_frozen && runsFloor && room.burst.length === 0)
  return (
    <section class="desk" aria-labelledby="desk-title">
      <h2 id="desk-title" class="unseen">
        {t('desk.title')}
      </h2>
      {holding !== null && !runsFloor && holding.member_id !== session.me.value && (
        <KeepersWord session={session} name={holding.name} />
      )}
      {keepsOrder && <Burst session={session} room={room} />}
      <div class="row desk-acts">
        {keepsTime && holding !== null && room.floor.share?.limit_ms !== 0 && (
          <button
            type="button"
            aria-keyshortcuts="T"
            aria-label={t('desk.more_time_name', { name: holding.name })}
            onClick={() => void session.act({ event: 'add_time', payload: { more_ms: ADD_TIME_MS } })}
          >
            {t('desk.more_time')}
          </button>
        )}
        {runsFloor && holding !== null && holding.member_id !== session.me.value && (
          <button
            type="button"
            onClick={() => void session.act({ event: 'end_share', payload: { passed: true } })}
          >
            {t('desk.skip', { name: holding.name })}
          </button>
        )}
        {hasFreeze && <Freeze session={session} isFrozen={is_frozen} />}
      </div>
      {hasFreeze && (
        <p id="freeze-help" class="soft help">
          {t(is_frozen ? 'order.frozen_trusted' : 'desk.freeze_help')}
        </p>
      )}
    </section>
  )
}

/** A word to whoever keeps time when a share is over. */
function KeepersWord({ session, name }: { readonly session: RoomSession; readonly name: string }) {
  if (session.turn.time.value?.phase !== 'over') return null
  return <p class="note warm">{t('floor.over_keeper', { name })}</p>
}

/** One press; the same place lets the room go on. */
function Freeze({ session, isFrozen }: { readonly session: RoomSession; readonly isFrozen: boolean }) {
  const once = useOnce()
  return (
    <button
      type="button"
      class={isFrozen ? 'freeze' : 'danger freeze'}
      aria-describedby="freeze-help"
      onClick={() => once(() => void session.act({ event: 'set_freeze', payload: { on: !isFrozen } }))}
    >
      <Snowflake />
      {t(isFrozen ? 'desk.unfreeze' : 'desk.freeze')}
    </button>
  )
}
