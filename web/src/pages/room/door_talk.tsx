import { useSignal } from '@preact/signals'
import { t, timeOfDay } from '../../text'
import { Dialog } from '../../ui/dialog'
import { DOOR_TEXT_MAX_CHARS, type Guest, type Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import type { RoomSession } from './session'

interface DoorTalkProps {
  readonly session: RoomSession
  readonly room: Room
  readonly guest: Guest
  readonly onClose: () => void
}

/** A few short lines with somebody outside, before they are let in. */
export function DoorTalk({ session, room, guest, onClose }: DoorTalkProps) {
  const text = useSignal('')
  const problem = useSignal<string | null>(null)
  const { name, member_id } = guest
  const here = room.guests.find((one) => one.member_id === member_id)
  const ask = async (send: ReturnType<RoomSession['ask']>) => {
    const refusal = await send
    problem.value = refusal === null ? null : refusalText(refusal.code, name)
    return refusal === null
  }
  const say = async () => {
    const words = text.value.trim()
    if (words === '') return
    if (await ask(session.ask({ event: 'tell_guest', payload: { member_id, text: words } }))) text.value = ''
  }
  const letIn = async () => {
    if (await ask(session.ask({ event: 'admit_guest', payload: { member_id } }))) onClose()
  }
  return (
    <Dialog title={t('door.talk_title', { name })} onClose={onClose}>
      <p class="soft help">{t('door.talk_help', { name })}</p>
      <DoorLines room={room} guest={here ?? guest} me={session.me.value} />
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      {here === undefined ? (
        <p>{t(room.members[member_id] === undefined ? 'door.is_gone' : 'door.is_in', { name })}</p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void say()
          }}
        >
          <label class="field">
            <span>{t('door.talk_label', { name })}</span>
            <input
              type="text"
              dir="auto"
              autocomplete="off"
              enterkeyhint="send"
              maxLength={DOOR_TEXT_MAX_CHARS}
              value={text.value}
              onInput={(event) => {
                text.value = event.currentTarget.value
              }}
            />
          </label>
          <div class="row">
            <button type="submit">{t('door.talk_send')}</button>
            <button type="button" class="main" onClick={() => void letIn()}>
              {t('door.in_name', { name })}
            </button>
          </div>
        </form>
      )}
      <div class="row">
        <button type="button" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

function DoorLines({ room, guest, me }: { readonly room: Room; readonly guest: Guest; readonly me: number }) {
  const nameOf = (by: number) =>
    by === guest.member_id ? guest.name : (room.members[by]?.name ?? t('people.a_host'))
  return (
    <div class="door-lines" role="log" aria-label={t('door.talk_title', { name: guest.name })}>
      {guest.lines.length === 0 && <p class="soft">{t('door.talk_empty')}</p>}
      <ol>
        {guest.lines.map((line, index) => (
          <li key={index} class={line.by === me ? 'line mine' : 'line'}>
            <p class="by">
              <span class="name">{nameOf(line.by)}</span>{' '}
              <time class="soft" dateTime={new Date(line.sent_ms).toISOString()}>
                {timeOfDay(line.sent_ms)}
              </time>
            </p>
            <p class="text" dir="auto">
              {line.text}
            </p>
          </li>
        ))}
      </ol>
    </div>
  )
}
