import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { followLink } from '../../route'
import { t } from '../../text'
import { openHelp } from '../../ui/header'
import type { Phase, Room } from '../../wire.gen'
import type { RoomSession } from './session'

/**
 * When the meeting passes into fellowship: thanks, and the choice to stay or to go. It stands above the room
 * and takes no focus; whoever came later, or leads, is not asked.
 */
export function Fellowship({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const before = useRef<Phase>(room.phase)
  const isAsking = useSignal(false)
  useEffect(() => {
    if (before.current === 'on' && room.phase === 'fellowship') isAsking.value = true
    else if (room.phase !== 'fellowship') isAsking.value = false
    before.current = room.phase
  }, [room.phase])
  if (!isAsking.value || session.may('run_floor')) return null
  return (
    <section class="card parting" aria-labelledby="parting-title">
      <h2 id="parting-title">{t('parting.title')}</h2>
      <p>{t('parting.words')}</p>
      <div class="row">
        <button
          type="button"
          class="main"
          onClick={() => {
            isAsking.value = false
            document.getElementById('main')?.focus({ preventScroll: true })
          }}
        >
          {t('parting.stay')}
        </button>
        <a class="button" href="/" onClick={followLink}>
          {t('end.find_another')}
        </a>
        <button type="button" onClick={openHelp} aria-haspopup="dialog">
          {t('help.open')}
        </button>
        <button type="button" class="quiet" onClick={() => void session.leave()}>
          {t('room.leave')}
        </button>
      </div>
    </section>
  )
}
