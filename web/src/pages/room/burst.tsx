import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { announcer } from '../../a11y/announcer'
import { burstNames } from '../../state/door'
import { joined } from '../../state/locale'
import { t, tCount, timeOfDay } from '../../text'
import { useOnce } from '../../ui/once'
import type { BanReason, Room } from '../../wire.gen'
import { ReasonField } from './send_away'
import type { RoomSession } from './session'
import type { Begun } from './sheets'
import { liftRemovals } from './undo'

const WEEK_HOURS = 168
/** So many names are told; more than that nobody reads in a hurry. */
const NAMES_MAX = 8

interface BurstProps {
  readonly session: RoomSession
  readonly room: Room
}

/** Strangers who came together, gathered so that one press removes them. */
export function Burst({ session, room }: BurstProps) {
  const reason = useSignal<BanReason>('flood')
  const once = useOnce(true)
  const names = burstNames(room)
  const gone = useSignal<Begun | null>(null)
  if (!session.may('keep_order')) return null
  if (names.length === 0) return room.order.is_frozen ? <Note session={session} about={gone.value} /> : null
  const remove = async (hours: number) => {
    const { burst } = room
    const words = t('burst.note_words', { time: clock(), count: names.length, names: shownNames(names) })
    const refusal = await session.ask({ event: 'remove_burst', payload: { reason: reason.value, hours } })
    if (refusal !== null) {
      session.board.tellRefusal(refusal)
      return
    }
    gone.value = { member_id: burst[0] ?? 0, name: names[0] ?? '', reason: 'disruption', words }
    document.getElementById('main')?.focus({ preventScroll: true })
    session.undo.offer(hours > 0 ? 'undo.burst_banned' : 'undo.burst', '', () =>
      hours > 0 ? session.undo.liftBans(burst) : liftRemovals(burst),
    )
  }
  return (
    <section class="burst" aria-labelledby="burst-title">
      <h3 id="burst-title">{tCount('burst.title', names.length)}</h3>
      <p>{t('burst.names', { names: shownNames(names) })}</p>
      <button type="button" class="main danger-main wide big" onClick={() => once(() => void remove(0))}>
        {t('burst.remove')}
      </button>
      <ReasonField
        label={t('burst.reason')}
        reason={reason.value}
        onChoose={(one) => {
          reason.value = one
        }}
      />
      <button type="button" class="danger wide" onClick={() => once(() => void remove(WEEK_HOURS))}>
        {t('burst.ban')}
      </button>
      <p class="soft help">{t('burst.help')}</p>
    </section>
  )
}

/** What happened, already in words, for the operator: who keeps order adds to it and sends it. */
function Note({ session, about }: { readonly session: RoomSession; readonly about: Begun | null }) {
  if (about === null || about.member_id === 0) return null
  return (
    <section class="burst" aria-labelledby="note-title">
      <h3 id="note-title">{t('burst.gone')}</h3>
      <button
        type="button"
        class="wide"
        onClick={() => {
          session.sheets.report.value = about
        }}
      >
        {t('burst.note')}
      </button>
    </section>
  )
}

function clock(): string {
  return timeOfDay(Date.now())
}

function shownNames(names: readonly string[]): string {
  const shown = joined(names.slice(0, NAMES_MAX))
  const more = names.length - NAMES_MAX
  return more > 0 ? t('burst.more', { names: shown, count: more }) : shown
}

/**
 * The word that strangers came together while the room goes on. It stands over the page and moves nothing
 * below it, takes no focus, and no press that was meant for what was there before.
 */
export function Alarm({ session, room }: BurstProps) {
  const names = burstNames(room)
  const dismissed = useSignal('')
  const which = room.burst.join(' ')
  const isShown =
    names.length > 0 && !room.order.is_frozen && dismissed.value !== which && session.may('keep_order')
  useEffect(() => {
    if (isShown) announcer.announce({ text: tCount('burst.alarm', names.length), urgency: 'assertive' })
  }, [isShown, which])
  if (!isShown) return null
  return (
    <AlarmSheet
      session={session}
      names={names}
      onDismiss={() => {
        dismissed.value = which
      }}
    />
  )
}

function AlarmSheet({
  session,
  names,
  onDismiss,
}: {
  readonly session: RoomSession
  readonly names: readonly string[]
  readonly onDismiss: () => void
}) {
  const once = useOnce(true)
  const close = () => {
    document.getElementById('main')?.focus({ preventScroll: true })
    onDismiss()
  }
  const freeze = () => {
    close()
    void session.act({ event: 'set_freeze', payload: { on: true } })
  }
  return (
    <section class="turn-sheet alarm" role="alertdialog" aria-labelledby="alarm-title">
      <h2 id="alarm-title">{tCount('burst.title', names.length)}</h2>
      <p>{shownNames(names)}</p>
      <div class="row">
        <button type="button" class="main" onClick={() => once(freeze)}>
          {t('burst.freeze')}
        </button>
        <button type="button" onClick={() => once(close)}>
          {t('burst.not_now')}
        </button>
      </div>
    </section>
  )
}
