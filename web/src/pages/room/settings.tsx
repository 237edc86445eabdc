import { useSignal } from '@preact/signals'
import type { Command } from '../../state/outbox'
import { type TextKey, t, timeInWords } from '../../text'
import { Dialog } from '../../ui/dialog'
import type { ChatMode, FloorMode, Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import type { RoomSession } from './session'

const MODES: readonly FloorMode[] = ['open', 'hands', 'round', 'listen']
const CHAT_MODES: readonly ChatMode[] = ['everyone', 'hosts', 'off']
const LIMITS_MS = [0, 60_000, 120_000, 180_000, 300_000, 600_000, 1_200_000, 3_600_000]
const SLOW_MS = [0, 10_000, 30_000, 60_000, 300_000]

interface SettingsProps {
  readonly session: RoomSession
  readonly room: Room
  readonly onClose: () => void
}

/** How turns are taken and who may write; and what is done at once. */
export function Settings({ session, room, onClose }: SettingsProps) {
  const { floor, order } = room
  const mode = useSignal(floor.mode)
  const limit_ms = useSignal(floor.limit_ms)
  const chat = useSignal(order.chat)
  const slow_ms = useSignal(order.slow_ms)
  const problem = useSignal<string | null>(null)
  const setsRules = session.may('set_rules')
  const save = async () => {
    const setFloor: Command = { event: 'set_floor', payload: { mode: mode.value, limit_ms: limit_ms.value } }
    const setChat: Command = { event: 'set_chat', payload: { mode: chat.value, slow_ms: slow_ms.value } }
    const commands = setsRules ? [setFloor, setChat] : [setChat]
    for (const command of commands) {
      const refusal = await session.ask(command)
      if (refusal !== null) {
        problem.value = refusalText(refusal.code, '')
        return
      }
    }
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
        {setsRules && (
          <>
            <Choice
              legend="desk.mode"
              name="mode"
              choices={MODES}
              word={(one) => `desk.mode.${one}`}
              value={mode.value}
              onChoose={(one) => {
                mode.value = one
              }}
            />
            <p class="soft help">{t('desk.mode_help')}</p>
            <Length
              label="desk.limit"
              none="desk.no_limit"
              lengths_ms={LIMITS_MS}
              value_ms={limit_ms.value}
              onChoose={(length_ms) => {
                limit_ms.value = length_ms
              }}
            />
          </>
        )}
        <Choice
          legend="desk.chat"
          name="chat"
          choices={CHAT_MODES}
          word={(one) => `desk.chat.${one}`}
          value={chat.value}
          onChoose={(one) => {
            chat.value = one
          }}
        />
        <Length
          label="desk.slow"
          none="desk.slow_off"
          lengths_ms={SLOW_MS}
          value_ms={slow_ms.value}
          onChoose={(length_ms) => {
            slow_ms.value = length_ms
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

interface ChoiceProps<T extends string> {
  readonly legend: TextKey
  readonly name: string
  readonly choices: readonly T[]
  readonly word: (one: T) => TextKey
  readonly value: T
  readonly onChoose: (one: T) => void
}

function Choice<T extends string>({ legend, name, choices, word, value, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset>
      <legend>{t(legend)}</legend>
      {choices.map((one) => (
        <label key={one} class="check">
          <input type="radio" name={name} checked={one === value} onChange={() => onChoose(one)} />
          <span>{t(word(one))}</span>
        </label>
      ))}
    </fieldset>
  )
}

interface LengthProps {
  readonly label: TextKey
  /** The word for 0. */
  readonly none: TextKey
  readonly lengths_ms: readonly number[]
  readonly value_ms: number
  readonly onChoose: (length_ms: number) => void
}

function Length({ label, none, lengths_ms, value_ms, onChoose }: LengthProps) {
  const all_ms = [...new Set([...lengths_ms, value_ms])].sort((a, b) => a - b)
  return (
    <label class="field">
      <span>{t(label)}</span>
      <select value={value_ms} onChange={(event) => onChoose(Number(event.currentTarget.value))}>
        {all_ms.map((length_ms) => (
          <option key={length_ms} value={length_ms}>
            {length_ms === 0 ? t(none) : timeInWords(length_ms)}
          </option>
        ))}
      </select>
    </label>
  )
}
