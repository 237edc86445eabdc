import { t } from '../../text'
import type { Room } from '../../wire.gen'
import type { RoomSession } from './session'

/** Asks one person to lead while nobody does. It takes no focus, shuts nothing, and hurries nobody. */
export function LeadSheet({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const isAsked = room.watch.asked === session.me.value && room.watch.lost_ms > 0
  // The own turn goes first: its question stands in the same place.
  return isAsked && !session.turn.isCalled.value ? <Question session={session} /> : null
}

function Question({ session }: { readonly session: RoomSession }) {
  return (
    <section class="turn-sheet" role="dialog" aria-labelledby="lead-title">
      <h2 id="lead-title">{t('lead.title')}</h2>
      <p>{t('lead.words')}</p>
      <div class="row">
        <button
          type="button"
          class="main"
          onClick={() => void session.act({ event: 'take_lead', payload: {} })}
        >
          {t('lead.yes')}
        </button>
        <button type="button" onClick={() => void session.act({ event: 'decline_lead', payload: {} })}>
          {t('lead.no')}
        </button>
      </div>
      <p class="soft help">{t('lead.help')}</p>
    </section>
  )
}
