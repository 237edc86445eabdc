import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { countBefore } from '../../state/door'
import { t, tCount, timeOfDay } from '../../text'
import { openHelp } from '../../ui/header'
import { PageTitle } from '../../ui/page_title'
import { DOOR_TEXT_MAX_CHARS, type Guest, type Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import { Notices } from './notices'
import { CrisisWords } from './safe'
import type { RoomSession } from './session'

interface AtDoorProps {
  readonly session: RoomSession
  readonly room: Room
  readonly guest: Guest
}

/** Before a host has let one in: nothing is heard either way, and it can be left at any time. */
export function AtDoor({ session, room, guest }: AtDoorProps) {
  const isSafe = room.watch.is_safe
  const before = isSafe ? 0 : countBefore(room, guest.member_id)
  return (
    <main id="main" class="join at-door" tabIndex={-1}>
      <div class="card">
        <PageTitle>{room.title}</PageTitle>
        <p class="strong">{t(session.wasInside.value ? 'wait.sent_back' : 'wait.title')}</p>
        <p>{t('wait.words')}</p>
        {before > 0 && <p class="before">{tCount('wait.before', before)}</p>}
        <p class="soft help">{t('wait.since', { time: timeOfDay(guest.since_ms), name: guest.name })}</p>
        {isSafe ? (
          <div class="note warm">
            <p>{t('wait.safe')}</p>
          </div>
        ) : (
          guest.is_held && !session.wasInside.value && <p class="note calm">{t('wait.held')}</p>
        )}
        <Notices session={session} room={room} />
        {isSafe && <CrisisWords />}
        <div class="row">
          <button type="button" class={isSafe ? 'main' : ''} onClick={openHelp} aria-haspopup="dialog">
            {t('help.open')}
          </button>
          <button type="button" class="danger" onClick={() => void session.leave()}>
            {t('wait.leave')}
          </button>
        </div>
      </div>
      <Talk session={session} guest={guest} />
      <Meanwhile />
    </main>
  )
}

/** Something to read while one waits: what it will be like inside. */
function Meanwhile() {
  const titleId = useId()
  return (
    <section class="card meanwhile" aria-labelledby={titleId}>
      <h2 id={titleId}>{t('wait.meanwhile')}</h2>
      <p>{t('wait.meanwhile_1')}</p>
      <p>{t('wait.meanwhile_2')}</p>
      <p>{t('wait.meanwhile_3')}</p>
    </section>
  )
}

/** A few lines with whoever keeps the door. */
function Talk({ session, guest }: { readonly session: RoomSession; readonly guest: Guest }) {
  const text = useSignal('')
  const problem = useSignal<string | null>(null)
  const titleId = useId()
  const say = async () => {
    const words = text.value.trim()
    if (words === '') return
    const payload = { member_id: guest.member_id, text: words }
    const refusal = await session.ask({ event: 'tell_guest', payload })
    problem.value = refusal === null ? null : refusalText(refusal.code, '', refusal.retry_ms)
    if (refusal === null && text.value.trim() === words) text.value = ''
  }
  return (
    <section class="card door-words" aria-labelledby={titleId}>
      <h2 id={titleId}>{t('wait.talk')}</h2>
      <p class="soft help">{t('wait.talk_help')}</p>
      <div role="log" aria-live="off" aria-labelledby={titleId}>
        <ol>
          {guest.lines.map((line, index) => (
            <li key={index} class={`line${line.by === guest.member_id ? ' mine' : ''}`}>
              <p class="by">
                <span class="name">{line.by === guest.member_id ? guest.name : t('people.a_host')}</span>{' '}
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
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void say()
        }}
      >
        <label class="field">
          <span>{t('wait.talk_label')}</span>
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
        <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
        <button type="submit">{t('wait.talk_send')}</button>
      </form>
    </section>
  )
}
