import { useSignal } from '@preact/signals'
import type { Command } from '../../state/outbox'
import { t } from '../../text'
import { Dialog } from '../../ui/dialog'
import type { Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import { type Holding, HoldingFields, isOther } from './holding_fields'
import type { RoomSession } from './session'

interface SettingsProps {
  readonly session: RoomSession
  readonly room: Room
  readonly onClose: () => void
}

/** How turns are taken and who may write; and what is done at once. */
export function Settings({ session, room, onClose }: SettingsProps) {
  const { floor, order } = room
  const wanted = useSignal<Holding>({
    floor: floor.mode,
    limit_ms: floor.limit_ms,
    chat: order.chat,
    slow_ms: order.slow_ms,
    rules: room.rules,
  })
  const problem = useSignal<string | null>(null)
  const setsRules = session.may('set_rules')
  const save = async () => {
    const before = session.room.value ?? room
    const back: Command[] = []
    for (const command of commandsFor(before, wanted.value, setsRules)) {
      const refusal = await session.ask(command)
      if (refusal !== null) {
        problem.value = refusalText(refusal.code, '')
        return
      }
      back.push(backOf(command, before))
    }
    if (back.length > 0) session.undo.offer('undo.settings', '', () => back)
    onClose()
  }
  return (
    <Dialog title={t('desk.settings')} onClose={onClose}>
      <AtOnce session={session} room={room} />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <HoldingFields
          holding={wanted.value}
          setsRules={setsRules}
          onChange={(changed) => {
            wanted.value = { ...wanted.value, ...changed }
          }}
        />
        <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
        <button type="submit" class="main wide">
          {t('desk.save')}
        </button>
      </form>
      <div class="row">
        <button type="button" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

/** Only what is to be different: what another host settled meanwhile is left alone. */
function commandsFor({ floor, order, rules }: Room, wanted: Holding, setsRules: boolean): Command[] {
  const commands: Command[] = []
  const { floor: mode, limit_ms, chat, slow_ms } = wanted
  if (setsRules && (mode !== floor.mode || limit_ms !== floor.limit_ms))
    commands.push({ event: 'set_floor', payload: { mode, limit_ms } })
  if (chat !== order.chat || slow_ms !== order.slow_ms)
    commands.push({ event: 'set_chat', payload: { mode: chat, slow_ms } })
  if (setsRules && isOther(rules, wanted.rules))
    commands.push({ event: 'set_rules', payload: { rules: wanted.rules } })
  return commands
}

/** What makes it again as it was before. Microphones that were turned off stay so: each has their own. */
function backOf({ event }: Command, { floor, order, rules }: Room): Command {
  if (event === 'set_floor') return { event, payload: { mode: floor.mode, limit_ms: floor.limit_ms } }
  if (event === 'set_rules') return { event, payload: { rules } }
  return { event: 'set_chat', payload: { mode: order.chat, slow_ms: order.slow_ms } }
}

/** Acts that need no choice, each with its effect in words. */
function AtOnce({ session, room }: Pick<SettingsProps, 'session' | 'room'>) {
  const done = useSignal<string | null>(null)
  const act = async (command: Command) => {
    const refusal = await session.ask(command)
    done.value = refusal === null ? t('desk.done') : refusalText(refusal.code, '')
  }
  const isLocked = room.order.is_locked
  return (
    <section class="at-once" aria-labelledby="at-once-title">
      <h3 id="at-once-title">{t('desk.at_once')}</h3>
      <button
        type="button"
        class="wide"
        aria-describedby="lock-help"
        onClick={() => void act({ event: 'set_lock', payload: { on: !isLocked } })}
      >
        {t(isLocked ? 'desk.unlock' : 'desk.lock')}
      </button>
      <p id="lock-help" class="soft help">
        {t(isLocked ? 'order.locked' : 'desk.lock_help')}
      </p>
      <button
        type="button"
        class="wide"
        aria-describedby="mute-all-help"
        onClick={() => void act({ event: 'mute_all', payload: {} })}
      >
        {t('desk.mute_all')}
      </button>
      <p id="mute-all-help" class="soft help">
        {t('desk.mute_all_help')}
      </p>
      {session.may('run_floor') && room.floor.hands.length > 0 && (
        <button
          type="button"
          class="wide"
          onClick={() => void act({ event: 'lower_all_hands', payload: {} })}
        >
          {t('desk.lower_all')}
        </button>
      )}
      <div role="status">{done.value !== null && <p class="note calm">{done.value}</p>}</div>
    </section>
  )
}
