import Ear from 'icon:ear'
import { useEffect } from 'preact/hooks'
import { followRooms, loadMeetings, loadRooms, meetings, rooms, serverNow } from '../rooms'
import { followLink } from '../route'
import { type LobbyView, lobbyView, type RoomCard, type Upcoming } from '../state/lobby'
import { timeIn, timesIn } from '../state/times'
import { prefetchRoomCode } from '../stay'
import { t, tCount } from '../text'
import { PageTitle } from '../ui/page_title'
import { zone } from '../zone'
import { dayText, hereText, phaseText, whenText, ZoneLine } from './when'

/** A week of as many meetings is shown at once; of more, tomorrow alone is unfolded. */
const SHORT_WEEK = 10

/** The rooms: what is on now, what is next, and the week. */
export function Lobby() {
  useEffect(() => {
    prefetchRoomCode()
    return followRooms(() => void loadMeetings())
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
      {cards !== null && <Sections cards={cards} />}
    </main>
  )
}

function Sections({ cards }: { readonly cards: readonly RoomCard[] }) {
  const view = lobbyView(cards, meetings.value, serverNow(), zone.value)
  const isShort = view.days.reduce((sum, day) => sum + day.meetings.length, 0) <= SHORT_WEEK
  const aboutOf = (slug: string) => cards.find((card) => card.slug === slug)?.about ?? ''
  return (
    <>
      {cards.some((card) => !card.is_continuous) && <ZoneLine />}
      {view.on.length === 0 && <p class="card">{quietText(view)}</p>}
      {view.on.length > 0 && (
        <section aria-labelledby="on-now">
          <h2 id="on-now">{t('lobby.on')}</h2>
          <ul class="cards">
            {view.on.map((card) => (
              <OpenRoom key={card.slug} card={card} />
            ))}
          </ul>
        </section>
      )}
      {view.always.length > 0 && (
        <section aria-labelledby="always">
          <h2 id="always">{t(view.on.length > 0 ? 'lobby.always' : 'lobby.always_alone')}</h2>
          <ul class="cards">
            {view.always.map((card) => (
              <OpenRoom key={card.slug} card={card} isBeside={view.on.length > 0} />
            ))}
          </ul>
        </section>
      )}
      {view.next.length > 0 && (
        <section aria-labelledby="next">
          <h2 id="next">{t('lobby.next')}</h2>
          <ul class="cards">
            {view.next.map((one) => (
              <NextMeeting key={one.slug} meeting={one} about={aboutOf(one.slug)} />
            ))}
          </ul>
        </section>
      )}
      {view.later.length > 0 && (
        <section aria-labelledby="later">
          <h2 id="later">{t('lobby.later')}</h2>
          <Agenda meetings={view.later} />
        </section>
      )}
      {view.days.length > 0 && (
        <section aria-labelledby="week">
          <h2 id="week">{t('lobby.week')}</h2>
          {view.days.map((day, number) => (
            <details key={day.at_ms} class="day" open={number === 0 || isShort}>
              <summary>
                <h3>{dayText(day.at_ms)}</h3>
                <span class="soft">{tCount('lobby.count', day.meetings.length)}</span>
              </summary>
              <Agenda meetings={day.meetings} />
            </details>
          ))}
        </section>
      )}
      {view.next.length > 0 && (
        <p class="beside">
          <a href="/schedule" onClick={followLink}>
            {t('lobby.schedule')}
          </a>
        </p>
      )}
      {view.rest.length > 0 && (
        <section aria-labelledby="rest">
          <h2 id="rest">{t('lobby.rest')}</h2>
          <ul class="agenda of-rooms">
            {view.rest.map((card) => (
              <li key={card.slug}>
                <a href={`/m/${card.slug}`} onClick={followLink}>
                  {card.title}
                </a>
                <span class="soft">{phaseText(card)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

/** Say that nothing is on, and what comes. */
function quietText(view: LobbyView): string {
  const next = view.next[0]?.starts_ms
  return next === undefined ? t('lobby.empty') : t('lobby.quiet', { when: whenText(next) })
}

/** A room to go to; one that is offered `isBeside` others is not the first thing to press. */
function OpenRoom({ card, isBeside = false }: { readonly card: RoomCard; readonly isBeside?: boolean }) {
  const id = `room-${card.slug}`
  return (
    <li class="card room-card">
      <h3 id={id}>{card.title}</h3>
      {card.about !== '' && <p class="about">{card.about}</p>}
      <p class="phase">{phaseText(card)}</p>
      <p class="soft here">
        {hereText(card)}
        {card.has_host && ` · ${t('lobby.host')}`}
      </p>
      <a
        class={isBeside ? 'button' : 'button main'}
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

function NextMeeting({ meeting, about }: { readonly meeting: Upcoming; readonly about: string }) {
  const id = `next-${meeting.slug}`
  return (
    <li class="card room-card">
      <h3 id={id}>{meeting.title}</h3>
      {about !== '' && <p class="about">{about}</p>}
      <p class="phase">{t('lobby.starts', { when: whenText(meeting.starts_ms) })}</p>
      <a
        class="button"
        href={`/m/${meeting.slug}`}
        id={`${id}-wait`}
        aria-labelledby={`${id}-wait ${id}`}
        onClick={followLink}
      >
        {t('lobby.wait')}
      </a>
    </li>
  )
}

function Agenda({ meetings: listed }: { readonly meetings: readonly Upcoming[] }) {
  return (
    <ul class="agenda">
      {listed.map((one) => (
        <li key={`${one.slug} ${one.starts_ms}`}>
          <span class="time">
            {one.ends_ms > 0
              ? timesIn(zone.value, one.starts_ms, one.ends_ms)
              : timeIn(zone.value, one.starts_ms)}
          </span>
          <a href={`/m/${one.slug}`} onClick={followLink}>
            {one.title}
          </a>
        </li>
      ))}
    </ul>
  )
}
