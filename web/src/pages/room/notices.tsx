import X from 'icon:x'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { withWords } from '../../language'
import { frozenKey } from '../../state/hearing'
import type { Notice, NoticeAction } from '../../state/notices'
import { type TextKey, t, tCount } from '../../text'
import { useLater } from '../../ui/later'
import type { Room } from '../../wire.gen'
import type { LetterPhase } from './letters'
import { noticeText } from './notice_board'
import type { RoomSession } from './session'

export const LABELS: Readonly<Record<NoticeAction, TextKey>> = {
  unlock_sound: 'notice.unlock_sound',
  come_back: 'notice.come_back',
  repair: 'notice.repair',
  less_data: 'notice.less_data',
  sound_off: 'sound.do_off',
  turn_on_mic: 'mic.do_on',
  open_mic: 'notice.open_mic',
  choose_mic: 'notice.choose_mic',
  explain_mic: 'notice.explain_mic',
  open_elsewhere: 'notice.open_elsewhere',
  write: 'turn.write',
  close_mic_notice: 'notice.close_mic_notice',
  close_output_notice: 'notice.close_mic_notice',
  close_loss_notice: 'notice.close_mic_notice',
  undo: 'notice.undo',
}

/** Seconds are worth telling once a break gets long. */
const SECONDS_FROM = 5

/** What is fetched for those who have trouble, once the room is there: it must be here before the network goes. */
const loadTrouble = () => withWords('trouble', import('./trouble'))

interface NoticesProps {
  readonly session: RoomSession
  readonly room: Room
  /** Shows where the person can write instead; absent where nobody speaks. */
  readonly onWrite?: () => void
}

/** The strip below the title: what is wrong just now and what can be done. The announcer reads it out. */
export function Notices({ session, room, onWrite }: NoticesProps) {
  const trouble = useLater(loadTrouble)
  const { board } = session
  const care = session.care.value
  const explain = () => {
    if (care !== null) care.isExplaining.value = true
  }
  const act: Readonly<Record<NoticeAction, () => void>> = {
    unlock_sound: () => session.unlockSound(),
    come_back: () => void care?.comeBack(),
    repair: () => session.repairNow(),
    less_data: () => care?.useLessData(),
    sound_off: () => {
      board.note({ output: null })
      if (!session.isSoundOff.value) session.toggleSound()
    },
    turn_on_mic: () => void care?.tryAgain(),
    open_mic: () => void care?.tryAgain(),
    choose_mic: () => {
      session.sheets.more.value = 'menu'
    },
    explain_mic: explain,
    open_elsewhere: explain,
    write: () => onWrite?.(),
    close_mic_notice: () => session.closeMicNotice(),
    close_output_notice: () => board.note({ output: null }),
    close_loss_notice: () => care?.closeLossNotice(),
    undo: () => void session.undo.press(),
  }
  return (
    <div class="notices">
      <OrderStrips session={session} room={room} />
      <LettersStrip session={session} />
      <SoundOffStrip session={session} />
      {board.notices.value.map((notice) => (
        <Strip key={notice.text} notice={notice} act={act} />
      ))}
      {trouble !== null && <trouble.Trouble session={session} />}
    </div>
  )
}

/** The person's own wish for quiet; nothing else on the page shows it. */
function SoundOffStrip({ session }: { readonly session: RoomSession }) {
  if (!session.isSoundOff.value) return null
  return (
    <div class="note calm">
      <p>{t('sound.is_off')}</p>
      <button
        type="button"
        onClick={() => {
          document.getElementById('main')?.focus({ preventScroll: true })
          session.toggleSound()
        }}
      >
        {t('sound.do_on')}
      </button>
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
          <p>{t(frozenKey(self?.role))}</p>
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
  const { actions, seconds, tone } = notice
  const close = actions.find((action) => CLOSES.has(action))
  const deeds = actions.filter((action) => action !== close)
  const strip = useRef<HTMLDivElement>(null)
  // A strip that goes while its button has the focus must not let it fall to nowhere.
  useLayoutEffect(() => {
    const box = strip.current
    return () => {
      if (box?.contains(document.activeElement))
        document.getElementById('main')?.focus({ preventScroll: true })
    }
  }, [])
  return (
    <div
      ref={strip}
      class={`note ${tone}${actions.includes('undo') ? ' undo' : ''}${close === undefined ? '' : ' closes'}`}
    >
      <p>
        {noticeText(notice)}
        {seconds !== undefined && seconds >= SECONDS_FROM && (
          <span class="seconds"> {tCount('notice.seconds', seconds)}</span>
        )}
      </p>
      {deeds.length > 0 && (
        <div class="row deeds">
          {deeds.map((action, index) => (
            <button
              key={action}
              type="button"
              class={index > 0 ? '' : ALONE.has(action) ? 'main wide big' : 'main'}
              onClick={act[action]}
            >
              {t(LABELS[action])}
            </button>
          ))}
        </div>
      )}
      {close !== undefined && (
        <button type="button" class="quiet close" aria-label={t(LABELS[close])} onClick={act[close]}>
          <X />
        </button>
      )}
    </div>
  )
}

/** These do nothing but put the words away: a small sign in the corner. */
const CLOSES = new Set<NoticeAction>(['close_mic_notice', 'close_output_notice', 'close_loss_notice'])
/** Without these nothing is heard at all: they cannot be too large. */
const ALONE = new Set<NoticeAction>(['unlock_sound', 'come_back'])
