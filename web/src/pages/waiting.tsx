import { useEffect } from 'preact/hooks'
import { announcer } from '../a11y/announcer'
import { rooms } from '../rooms'
import { followLink } from '../route'
import type { RoomCard } from '../state/lobby'
import { t } from '../text'
import { PageTitle } from '../ui/page_title'
import { whenText, ZoneLine } from './when'

/** Before a room whose doors are closed: says when they open. Whoever shows this page keeps the rooms fresh. */
export function Waiting({ card }: { readonly card: RoomCard }) {
  useEffect(
    () => () => {
      const now = rooms.value.cards?.find((one) => one.slug === card.slug)
      const isOpen = now !== undefined && now.phase !== 'closed'
      if (isOpen) announcer.announce({ text: t('closed.opened'), urgency: 'assertive' })
    },
    [],
  )
  return (
    <main id="main" class="join" tabIndex={-1}>
      <div class="card">
        <PageTitle>{card.title}</PageTitle>
        {card.about !== '' && <p class="about">{card.about}</p>}
        {card.next_starts_ms > 0 ? (
          <>
            <p class="phase">{t('closed.next', { when: whenText(card.next_starts_ms) })}</p>
            <p class="soft">{t('closed.wait')}</p>
            <ZoneLine />
          </>
        ) : (
          <p class="phase">{t('closed.unplanned')}</p>
        )}
      </div>
      <p class="beside">
        <a href="/" onClick={followLink}>
          {t('join.other_rooms')}
        </a>
      </p>
    </main>
  )
}
