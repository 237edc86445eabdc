import Ear from 'icon:ear'
import { useEffect } from 'preact/hooks'
import { followRooms, loadRooms, type RoomCard, rooms } from '../rooms'
import { followLink } from '../route'
import { prefetchRoomCode } from '../stay'
import { t, tCount } from '../text'
import { PageTitle } from '../ui/page_title'

/** The rooms that are on now. */
export function Lobby() {
  useEffect(() => {
    prefetchRoomCode()
    return followRooms()
  }, [])
  const { cards, problem } = rooms.value
  return (
    <main id="main" class="lobby" tabIndex={-1}>
      <PageTitle>{t('lobby.title')}</PageTitle>
      <p class="soft lead">{t('lobby.lead')}</p>
      {problem !== 'none' && (
        <div class="note warm">
          <p>{t(problem === 'offline' ? 'lobby.offline' : 'lobby.error')}</p>
          <button type="button" onClick={() => void loadRooms()}>
            {t('lobby.again')}
          </button>
        </div>
      )}
      {cards === null && problem === 'none' && <p class="soft">{t('lobby.loading')}</p>}
      {cards !== null && cards.length === 0 && <p class="card">{t('lobby.empty')}</p>}
      {cards !== null && cards.length > 0 && (
        <ul class="cards">
          {cards.map((card) => (
            <Card key={card.slug} card={card} />
          ))}
        </ul>
      )}
    </main>
  )
}

function Card({ card }: { readonly card: RoomCard }) {
  const id = `room-${card.slug}`
  return (
    <li class="card room-card">
      <h2 id={id}>{card.title}</h2>
      {card.about !== '' && <p class="about">{card.about}</p>}
      <p class="soft here">{card.members === 0 ? t('lobby.nobody') : tCount('lobby.here', card.members)}</p>
      <a
        class="button main"
        href={`/m/${card.slug}`}
        id={`${id}-listen`}
        aria-labelledby={`${id}-listen ${id}`}
        onClick={followLink}
      >
        <Ear />
        {t('lobby.listen')}
      </a>
    </li>
  )
}
