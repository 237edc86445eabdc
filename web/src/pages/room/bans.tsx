import { useSignal } from '@preact/signals'
import { t, timeOfDay } from '../../text'
import { Dialog } from '../../ui/dialog'
import { useSteady } from '../../ui/steady'
import type { Ban, Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import { momentOf } from './moments'
import type { RoomSession } from './session'

interface BansProps {
  readonly session: RoomSession
  readonly room: Room
  readonly onClose: () => void
}

/** The group's bans: conduct and dates, no names. */
export function Bans({ session, room, onClose }: BansProps) {
  const told = useSignal<string | null>(null)
  const newestFirst = [...room.bans].sort((a, b) => b.placed_ms - a.placed_ms)
  const { rows, holding } = useSteady(newestFirst, (ban) => ban.ban_id)
  const lift = async ({ ban_id }: Ban) => {
    const refusal = await session.ask({ event: 'lift_ban', payload: { ban_id } })
    told.value = refusal === null ? t('bans.lifted') : refusalText(refusal.code, '')
  }
  return (
    <Dialog title={t('bans.title')} onClose={onClose}>
      <p class="soft help">{t('bans.help')}</p>
      {rows.length === 0 && <p>{t('bans.none')}</p>}
      <ul class="ledger" {...holding}>
        {rows.map(({ item, isGone }) => (
          <BanRow key={item.ban_id} ban={item} isGone={isGone} onLift={() => void lift(item)} />
        ))}
      </ul>
      <div role="status">{told.value !== null && <p class="note calm">{told.value}</p>}</div>
      <div class="row">
        <button type="button" id="bans-close" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

interface BanRowProps {
  readonly ban: Ban
  readonly isGone: boolean
  readonly onLift: () => void
}

function BanRow({ ban, isGone, onLift }: BanRowProps) {
  const since = momentOf(ban.placed_ms)
  const reason = t(`ban.of_${ban.reason}`)
  if (isGone) return <li class="gone soft">{t('bans.lifted')}</li>
  return (
    <li>
      <span class="who">
        {t('bans.line', { reason, since, until: momentOf(ban.until_ms) })}
        {ban.tried_ms > 0 && <span class="soft"> {t('bans.tried', { time: timeOfDay(ban.tried_ms) })}</span>}
      </span>
      <button
        type="button"
        aria-label={t('bans.lift_name', { since, reason })}
        onClick={() => {
          document.getElementById('bans-close')?.focus()
          onLift()
        }}
      >
        {t('bans.lift')}
      </button>
    </li>
  )
}
