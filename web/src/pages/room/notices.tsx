import { useSignal } from '@preact/signals'
import { isTrusted } from '../../state/hearing'
import type { Notice, NoticeAction } from '../../state/notices'
import { type TextKey, t, tCount } from '../../text'
import { Dialog } from '../../ui/dialog'
import type { Room } from '../../wire.gen'
import type { LetterPhase } from './letters'
import { noticeText } from './notice_board'
import type { RoomSession } from './session'

const LABELS: Readonly<Record<NoticeAction, TextKey>> = {
  unlock_sound: 'notice.unlock_sound',
  repair: 'notice.repair',
  open_mic: 'notice.open_mic',
  explain_mic: 'notice.explain_mic',
  close_mic_notice: 'notice.close_mic_notice',
  undo: 'notice.undo',
}

/** Seconds are worth telling once a break gets long. */
const SECONDS_FROM = 5

/** The strip below the title: what is wrong just now and what can be done. The announcer reads it out. */
export function Notices({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const isExplaining = useSignal(false)
  const act: Readonly<Record<NoticeAction, () => void>> = {
    unlock_sound: () => session.unlockSound(),
    repair: () => session.repairNow(),
    open_mic: () => void session.toggleMic(),
    explain_mic: () => {
      isExplaining.value = true
    },
    close_mic_notice: () => session.closeMicNotice(),
    undo: () => {
      // The strip goes with the press: the focus must not fall to nowhere.
      document.getElementById('main')?.focus({ preventScroll: true })
      void session.undo.press()
    },
  }
  return (
    <div class="notices">
      <OrderStrips session={session} room={room} />
      <LettersStrip session={session} />
      {session.board.notices.value.map((notice) => (
        <Strip key={notice.text} notice={notice} act={act} />
      ))}
      {isExplaining.value && (
        <Explain
          onClose={() => {
            isExplaining.value = false
          }}
        />
      )}
    </div>
  )
}

/** Private words that the person has not looked at; the announcer told of them when they came. */
function LettersStrip({ session }: { readonly session: RoomSession }) {
  const { letters, sheets } = session
  const unseen = letters.unseen.value
  const only = unseen.length === 1 ? unseen[0] : undefined
  if (unseen.length === 0 || sheets.areLettersOpen.value) return null
  return (
    <div class="note calm">
      <p>
        {only === undefined
          ? tCount('letters.news', unseen.length)
          : t(NEWS[only.phase], { name: only.name })}
      </p>
      <button type="button" class="main" onClick={() => sheets.openLetters(only?.memberId ?? null)}>
        {t('letters.look')}
      </button>
    </div>
  )
}

const NEWS: Readonly<Record<LetterPhase, TextKey>> = {
  asked_by_me: 'letters.waits',
  asked_by_them: 'letters.asked_one',
  open: 'letters.wrote_one',
  ended: 'letters.ended_one',
}

/** What holds for everybody at present, and how to end it for whoever may. */
function OrderStrips({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const { is_frozen, is_locked } = room.order
  const self = session.self.value
  const keepsOrder = session.may('keep_order')
  return (
    <>
      {is_frozen && (
        <div class="note warm">
          <p>{t(self !== null && isTrusted(self.role) ? 'order.frozen_trusted' : 'order.frozen')}</p>
          {keepsOrder && (
            <button
              type="button"
              class="main"
              onClick={() => void session.act({ event: 'set_freeze', payload: { on: false } })}
            >
              {t('desk.unfreeze')}
            </button>
          )}
        </div>
      )}
      {is_locked && keepsOrder && (
        <div class="note calm">
          <p>{t('order.locked')}</p>
          <button
            type="button"
            onClick={() => void session.act({ event: 'set_lock', payload: { on: false } })}
          >
            {t('desk.unlock')}
          </button>
        </div>
      )}
    </>
  )
}

function Strip({
  notice,
  act,
}: {
  readonly notice: Notice
  readonly act: Readonly<Record<NoticeAction, () => void>>
}) {
  const { seconds } = notice
  return (
    <div class={`note ${notice.tone}${notice.actions.includes('undo') ? ' undo' : ''}`}>
      <p>
        {noticeText(notice)}
        {seconds !== undefined && seconds >= SECONDS_FROM && (
          <span class="seconds"> {tCount('notice.seconds', seconds)}</span>
        )}
      </p>
      {notice.actions.map((action, index) => (
        <button key={action} type="button" class={index === 0 ? 'main' : ''} onClick={act[action]}>
          {t(LABELS[action])}
        </button>
      ))}
    </div>
  )
}

function Explain({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={t('mic.how_title')} onClose={onClose}>
      <ol>
        <li>{t('mic.how_1')}</li>
        <li>{t('mic.how_2')}</li>
        <li>{t('mic.how_3')}</li>
      </ol>
      <p class="soft">{t('mic.how_phone')}</p>
      <div class="row">
        <button type="button" class="main" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}
