import { useSignal } from '@preact/signals'
import { type NextAction, nextAction } from '../../state/next_action'
import { begun, closed } from '../../state/phase'
import { effectWords, nextWords } from '../../state/sheet'
import { timeIn } from '../../state/times'
import { t, timeOfDay } from '../../text'
import { useOnce, useSettled } from '../../ui/once'
import type { Guest, Member, Room } from '../../wire.gen'
import { zone } from '../../zone'
import { EndSheet } from './phase_row'
import type { RoomSession } from './session'

interface NextProps {
  readonly session: RoomSession
  readonly room: Room
}

/** The next right act of whoever leads, as the one big button of their page, in a place of its own. */
export function NextAct({ session, room }: NextProps) {
  const isEnding = useSignal(false)
  const self = session.self.value
  if (self === null) return null
  const action = nextAction(room, self, session.turn.now_ms.value)
  return (
    <section class="next-act" aria-label={t('next.title')}>
      {action === null ? (
        <p class="soft nothing">{t(restWords(room, self))}</p>
      ) : (
        <Big
          session={session}
          room={room}
          action={action}
          onEnd={() => {
            isEnding.value = true
          }}
        />
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
    </section>
  )
}

/** What is said where nothing needs the host: nobody under stress should have to look for what is missing. */
function restWords(room: Room, self: Member) {
  if (room.burst.length > 0 && room.order.is_frozen) return 'next.burst'
  if (room.floor.share?.member_id === self.member_id) return 'next.own'
  return room.floor.mode === 'open' ? 'next.nothing' : 'desk.nobody'
}

interface BigProps extends NextProps {
  readonly action: NextAction
  readonly onEnd: () => void
}

/** What the key for "next" does: never what begins, ends or lets in. */
const GOES_ON: ReadonlySet<NextAction['act']> = new Set(['call', 'thank', 'cue'])

/** One button that stays itself, so that the focus does; a press meant for what it said before does nothing. */
function Big({ session, room, action, onEnd }: BigProps) {
  const once = useOnce()
  const words = wordsOf(room, action)
  const settled = useSettled(words)
  const effect = effectOf(room, action)
  return (
    <>
      <button
        type="button"
        class="main wide big"
        aria-keyshortcuts={GOES_ON.has(action.act) ? 'N' : undefined}
        aria-describedby={effect === '' ? undefined : 'next-act-does'}
        aria-haspopup={action.act === 'close' ? 'dialog' : undefined}
        onClick={() => settled(() => once(() => carryOut(session, room, action, onEnd)))}
      >
        {words}
      </button>
      {effect !== '' && (
        <p id="next-act-does" class="soft help">
          {effect}
        </p>
      )}
    </>
  )
}

function wordsOf(room: Room, action: NextAction): string {
  switch (action.act) {
    case 'unfreeze':
      return t('desk.unfreeze')
    case 'begin':
      return t('run.begin')
    case 'call':
      return t('desk.call', { next: action.next.name })
    case 'thank':
      return action.next === null
        ? t('desk.thank', { name: action.who.name })
        : t('desk.thank_and_call', { name: action.who.name, next: action.next.name })
    case 'admit':
      return t('next.admit', { name: action.guest.name })
    case 'look_at_door':
      return t('next.door', { count: action.count })
    case 'cue':
      return room.sheet === null ? '' : nextWords(room.sheet)
    case 'fellowship':
      return t('run.fellowship')
    case 'close':
      return t('run.end')
  }
}

/** What it will do, where its words do not say it all. */
function effectOf(room: Room, action: NextAction): string {
  switch (action.act) {
    case 'unfreeze':
      return t('next.unfreeze_help')
    case 'begin':
      return room.starts_ms > 0 ? t('run.begins_at', { time: timeIn(zone.value, room.starts_ms) }) : ''
    case 'admit': {
      const { since_ms, is_new } = action.guest
      return t(is_new ? 'next.admit_new' : 'next.admit_help', { time: timeOfDay(since_ms) })
    }
    case 'cue':
      return effectWords(room, action.at)
    case 'fellowship':
      return t('run.fellowship_help')
    case 'close':
      return t('next.close_help')
    default:
      return ''
  }
}

/** By name or number, not "whatever is next": pressed by two hosts at once, it is done once. */
function carryOut(session: RoomSession, room: Room, action: NextAction, onEnd: () => void): void {
  switch (action.act) {
    case 'unfreeze':
      void session.act({ event: 'set_freeze', payload: { on: false } })
      return
    case 'begin':
      void session.act({ event: 'set_phase', payload: begun(room, session.turn.now_ms.value) })
      return
    case 'call':
      callOne(session, action.next)
      return
    case 'thank':
      if (action.next === null) void session.act({ event: 'end_share', payload: { passed: false } })
      else callOne(session, action.next)
      return
    case 'admit': {
      void admit(session, action.guest)
      return
    }
    case 'look_at_door':
      document.getElementById('door-title')?.focus()
      return
    case 'cue':
      void session.act({ event: 'show_cue', payload: { at: action.at } })
      return
    case 'fellowship':
      void fellowship(session, room)
      return
    case 'close':
      onEnd()
  }
}

function callOne(session: RoomSession, { member_id, name }: Member): void {
  void session.act({ event: 'give_floor', payload: { member_id } }, name)
}

async function admit(session: RoomSession, { member_id, name }: Guest): Promise<void> {
  const refusal = await session.ask({ event: 'admit_guest', payload: { member_id } })
  if (refusal !== null) session.board.tellRefusal(refusal, name)
  else session.undo.offer('undo.admitted', name, () => [{ event: 'step_out', payload: { member_id } }])
}

async function fellowship(session: RoomSession, room: Room): Promise<void> {
  const { phase, ends_ms } = room
  const refusal = await session.ask({
    event: 'set_phase',
    payload: closed(room, session.turn.now_ms.value),
  })
  if (refusal !== null) session.board.tellRefusal(refusal)
  else session.undo.offer('undo.fellowship', '', () => [{ event: 'set_phase', payload: { phase, ends_ms } }])
}
