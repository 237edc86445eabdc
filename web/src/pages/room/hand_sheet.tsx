import { useSignal } from '@preact/signals'
import { mayRaise, placeOf, probation } from '../../state/floor'
import { type TextKey, t } from '../../text'
import { Dialog } from '../../ui/dialog'
import type { Lane, Room } from '../../wire.gen'
import { refusalText, waitText } from '../refusal'
import type { RoomSession } from './session'

const LANES: readonly Lane[] = ['share', 'minute', 'burning']

/** Why the microphone is closed, and the way to a turn: a raised hand, for one of three reasons. */
export function HandSheet({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const { turn } = session
  const problem = useSignal<string | null>(null)
  if (!turn.isAsking.value) return null
  const close = () => {
    turn.isAsking.value = false
    problem.value = null
  }
  const me = session.me.value
  const self = session.self.value
  const place = placeOf(room.floor, me)
  const raise = async (lane: Lane) => {
    const refusal = await session.ask({ event: 'raise_hand', payload: { lane } })
    if (refusal === null) close()
    else problem.value = refusalText(refusal.code, '')
  }
  const lower = async () => {
    await session.ask({ event: 'lower_hand', payload: { member_id: me } })
    close()
  }
  const { title, words } = texts(session, room, place)
  const wait_ms = self === null ? 0 : probation(room, self, session.turn.now_ms.value)
  return (
    <Dialog title={t(title)} onClose={close}>
      <p>{t(words, { place, time: waitText(wait_ms) })}</p>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      {place === 0 && mayRaise(room, me, session.turn.now_ms.value) && (
        <ul class="lanes">
          {LANES.map((lane) => (
            <li key={lane}>
              <button
                type="button"
                class={lane === 'share' ? 'main wide' : 'wide'}
                aria-describedby={`lane-${lane}`}
                onClick={() => void raise(lane)}
              >
                {t(`lane.${lane}`)}
              </button>
              <p id={`lane-${lane}`} class="soft help">
                {t(`lane.${lane}_help`)}
              </p>
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        {place > 0 && (
          <button type="button" onClick={() => void lower()}>
            {t('hand.lower')}
          </button>
        )}
        <button
          type="button"
          class="quiet"
          onClick={() => {
            close()
            session.sheets.more.value = 'check'
          }}
        >
          {t('join.test')}
        </button>
        <button type="button" onClick={close}>
          {t(place > 0 ? 'host.close' : 'hand.close')}
        </button>
      </div>
    </Dialog>
  )
}

function texts(session: RoomSession, room: Room, place: number): { title: TextKey; words: TextKey } {
  if (room.order.is_frozen && session.closed.value === 'frozen')
    return { title: 'hand.frozen_title', words: 'hand.frozen_words' }
  if (place > 0) return { title: 'hand.up_title', words: 'hand.up_words' }
  if (session.closed.value === 'new') return { title: 'hand.new_title', words: 'hand.new_words' }
  if (room.floor.mode === 'round') return { title: 'hand.round_title', words: 'hand.round_words' }
  if (room.floor.mode === 'listen') return { title: 'hand.listen_title', words: 'hand.listen_words' }
  return { title: 'hand.title', words: 'hand.words' }
}
