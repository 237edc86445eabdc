import { useSignal } from '@preact/signals'
import { nextAction } from '../../state/next_action'
import { begun, type Course, closed, longer } from '../../state/phase'
import { timeIn } from '../../state/times'
import { type TextKey, t } from '../../text'
import { useOnce } from '../../ui/once'
import { Question } from '../../ui/question'
import type { Room } from '../../wire.gen'
import { zone } from '../../zone'
import { refusalText } from '../refusal'
import type { RoomSession } from './session'

interface PhaseProps {
  readonly session: RoomSession
  readonly room: Room
}

/** More time, fellowship, and the end: each with its effect in words. */
export function PhaseRow({ session, room }: PhaseProps) {
  const once = useOnce()
  const isEnding = useSignal(false)
  const now_ms = session.turn.now_ms.value
  const more = longer(room, now_ms)
  // What is the next right act is the big button above, and not here as well.
  const self = session.self.value
  const first = self === null ? undefined : nextAction(room, self, now_ms)?.act
  const go = async (course: Course, undone: TextKey | null) => {
    const { phase, ends_ms } = room
    const refusal = await session.ask({ event: 'set_phase', payload: course })
    if (refusal !== null) session.board.tellRefusal(refusal)
    else if (undone !== null)
      session.undo.offer(undone, '', () => [{ event: 'set_phase', payload: { phase, ends_ms } }])
  }
  return (
    <>
      {room.phase === 'doors' && first !== 'begin' && (
        <Act
          words="run.begin"
          help={t('run.begins_at', { time: timeIn(zone.value, room.starts_ms) })}
          onPress={() => once(() => void go(begun(room, now_ms), null))}
        />
      )}
      {more !== null && (
        <Act
          words="run.more"
          help={t('run.more_help', { time: timeIn(zone.value, more.ends_ms) })}
          onPress={() => once(() => void go(more, 'undo.more'))}
        />
      )}
      {room.phase === 'on' && first !== 'fellowship' && (
        <Act
          words="run.fellowship"
          help={t('run.fellowship_help')}
          onPress={() => once(() => void go(closed(room, now_ms), 'undo.fellowship'))}
        />
      )}
      {room.phase === 'fellowship' && (
        <Act
          words="run.again"
          help={t('run.again_help')}
          onPress={() => once(() => void go(begun(room, now_ms), null))}
        />
      )}
      {session.may('give_roles') && first !== 'close' && (
        <button
          type="button"
          id="end-meeting"
          class="quiet danger"
          aria-haspopup="dialog"
          onClick={() => {
            isEnding.value = true
          }}
        >
          {t('run.end')}
        </button>
      )}
      {isEnding.value && (
        <EndSheet
          session={session}
          room={room}
          onClose={() => {
            isEnding.value = false
          }}
        />
      )}
    </>
  )
}

interface ActProps {
  readonly words: TextKey
  readonly help: string
  readonly onPress: () => void
}

function Act({ words, help, onPress }: ActProps) {
  const helpId = `${words.replace('.', '-')}-help`
  return (
    <div class="act">
      <button type="button" aria-describedby={helpId} onClick={onPress}>
        {t(words)}
      </button>
      <p id={helpId} class="soft help">
        {help}
      </p>
    </div>
  )
}

/** The question before everybody is sent home. */
export function EndSheet({ session, room, onClose }: PhaseProps & { readonly onClose: () => void }) {
  const end = async () => {
    const refusal = await session.ask({ event: 'close_room', payload: {} })
    return refusal === null ? null : refusalText(refusal.code, '')
  }
  return (
    <Question
      title={t('run.end_title')}
      yes={t('run.end_yes')}
      no={t('host.cancel')}
      onYes={end}
      onClose={onClose}
    >
      <p>{t('run.end_words', { count: Object.keys(room.members).length })}</p>
    </Question>
  )
}
