import Snowflake from 'icon:snowflake'
import { nextUp } from '../../state/floor'
import { holder } from '../../state/people'
import { t } from '../../text'
import { useOnce } from '../../ui/once'
import { ADD_TIME_MS, type Room } from '../../wire.gen'
import { Burst } from './burst'
import { OrderTools } from './order_tools'
import type { RoomSession } from './session'

/** What whoever leads, keeps time or keeps order needs next: the next right act is the biggest button. */
export function Desk({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const runsFloor = session.may('run_floor')
  const keepsOrder = session.may('keep_order')
  const keepsTime = session.may('keep_time')
  const holding = holder(room)
  if (!keepsOrder && !(keepsTime && holding !== null)) return null
  return (
    <section class="desk card" aria-labelledby="desk-title">
      <h2 id="desk-title">{t('desk.title')}</h2>
      {holding !== null && keepsTime && holding.member_id !== session.me.value && (
        <KeepersWord session={session} name={holding.name} />
      )}
      {runsFloor && <NextButton session={session} room={room} />}
      <div class="row">
        {keepsTime && holding !== null && room.floor.share?.limit_ms !== 0 && (
          <button
            type="button"
            aria-label={t('desk.more_time_name', { name: holding.name })}
            onClick={() => void session.act({ event: 'add_time', payload: { more_ms: ADD_TIME_MS } })}
          >
            {t('desk.more_time')}
          </button>
        )}
        {runsFloor && holding !== null && (
          <button
            type="button"
            onClick={() => void session.act({ event: 'end_share', payload: { passed: true } })}
          >
            {t('desk.skip', { name: holding.name })}
          </button>
        )}
      </div>
      {keepsOrder && <Freeze session={session} isFrozen={room.order.is_frozen} />}
      {keepsOrder && (
        <>
          <Burst session={session} room={room} />
          <OrderTools session={session} room={room} />
        </>
      )}
    </section>
  )
}

/** A word to whoever keeps time when a share is over. */
function KeepersWord({ session, name }: { readonly session: RoomSession; readonly name: string }) {
  if (session.turn.time.value?.phase !== 'over') return null
  return <p class="note warm">{t('floor.over_keeper', { name })}</p>
}

/** Thank whoever shares and call the next, by name. */
function NextButton({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const name = holder(room)?.name
  const next = nextUp(room) ?? undefined
  const once = useOnce()
  if (name === undefined && next === undefined) {
    return room.floor.mode === 'open' ? null : <p class="soft">{t('desk.nobody')}</p>
  }
  const words =
    name === undefined
      ? t('desk.call', { next: next?.name ?? '' })
      : next === undefined
        ? t('desk.thank', { name })
        : t('desk.thank_and_call', { name, next: next.name })
  // By name, not "whoever is next": pressed by two hosts at once, it is one call.
  const act = () => {
    if (next === undefined) void session.act({ event: 'end_share', payload: { passed: false } })
    else void session.act({ event: 'give_floor', payload: { member_id: next.member_id } }, next.name)
  }
  return (
    <button type="button" class="main wide big" onClick={() => once(act)}>
      {words}
    </button>
  )
}

/** One press, and what it does in words; the same place lets the room go on. */
function Freeze({ session, isFrozen }: { readonly session: RoomSession; readonly isFrozen: boolean }) {
  const once = useOnce()
  return (
    <div class="freeze">
      <button
        type="button"
        class={isFrozen ? 'main wide' : 'danger wide'}
        aria-describedby="freeze-help"
        onClick={() => once(() => void session.act({ event: 'set_freeze', payload: { on: !isFrozen } }))}
      >
        <Snowflake />
        {t(isFrozen ? 'desk.unfreeze' : 'desk.freeze')}
      </button>
      <p id="freeze-help" class="soft help">
        {t(isFrozen ? 'order.frozen_trusted' : 'desk.freeze_help')}
      </p>
    </div>
  )
}
