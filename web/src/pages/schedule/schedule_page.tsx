import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { announcer } from '../../a11y/announcer'
import { followRooms, loadMeetings, meetings, rooms, serverNow } from '../../rooms'
import { followLink } from '../../route'
import { ANYTHING, findMeetings, type ListedDay, type Wish } from '../../state/schedule'
import { t, tCount } from '../../text'
import { PageTitle } from '../../ui/page_title'
import { zone } from '../../zone'
import { hereText, ZoneLine } from '../when'
import { DayList, WeekGrid } from './days'
import { Finder } from './finder'

/** Whoever types or ticks goes on for a moment; then the count is read out. */
const SETTLED_MS = 700

/** All meetings of the week, by day or side by side, and ways to find one's own among them. */
export function SchedulePage() {
  const wish = useSignal<Wish>(ANYTHING)
  const isWeek = useSignal(false)
  useEffect(() => followRooms(() => void loadMeetings()), [])
  const cards = rooms.value.cards ?? []
  const all = meetings.value
  const aboutOf = (slug: string) => cards.find((card) => card.slug === slug)?.about ?? ''
  const days = findMeetings(all ?? [], wish.value, serverNow(), zone.value, aboutOf)
  const count = days.reduce((sum, day) => sum + day.meetings.length, 0)
  useCountSaid(count, wish.value)
  const always = cards.filter((card) => card.is_continuous)
  return (
    <main id="main" class={isWeek.value ? 'lobby schedule of-week' : 'lobby schedule'} tabIndex={-1}>
      <PageTitle>{t('schedule.title')}</PageTitle>
      <ZoneLine />
      {all !== null && all.length > 0 && (
        <Finder
          wish={wish.value}
          meetings={all}
          isWeek={isWeek.value}
          onWish={(next) => {
            wish.value = next
          }}
          onWeek={(next) => {
            isWeek.value = next
          }}
        />
      )}
      {all === null && (
        <p class="soft">{t(rooms.value.problem === 'none' ? 'lobby.loading' : 'lobby.error')}</p>
      )}
      {all !== null && (
        <Found days={days} count={count} isWeek={isWeek.value} wish={wish} aboutOf={aboutOf} />
      )}
      {always.length > 0 && (
        <section aria-labelledby="always">
          <h2 id="always">{t('lobby.always_alone')}</h2>
          <ul class="agenda of-rooms">
            {always.map((card) => (
              <li key={card.slug}>
                <a href={`/m/${card.slug}`} onClick={followLink}>
                  {card.title}
                </a>
                <span class="soft">{hereText(card)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {all !== null && all.length > 0 && <Feed />}
    </main>
  )
}

interface FoundProps {
  readonly days: readonly ListedDay[]
  readonly count: number
  readonly isWeek: boolean
  readonly wish: { value: Wish }
  readonly aboutOf: (slug: string) => string
}

function Found({ days, count, isWeek, wish, aboutOf }: FoundProps) {
  const isAny = wish.value === ANYTHING
  if (count === 0)
    return (
      <div class="card nothing">
        <p>{t(isAny ? 'schedule.empty' : 'schedule.none')}</p>
        {!isAny && (
          <button
            type="button"
            onClick={() => {
              wish.value = ANYTHING
            }}
          >
            {t('schedule.all')}
          </button>
        )}
      </div>
    )
  return (
    <>
      <p class="soft count">{tCount('schedule.found', count)}</p>
      {isWeek ? (
        <WeekGrid days={days} />
      ) : (
        days.map((day) => <DayList key={day.ahead} day={day} aboutOf={aboutOf} />)
      )}
    </>
  )
}

function Feed() {
  return (
    <section aria-labelledby="feed">
      <h2 id="feed">{t('schedule.feed')}</h2>
      <p class="soft">{t('schedule.feed_words')}</p>
      <div class="row">
        <a class="button" href="/schedule.ics">
          {t('schedule.feed_neutral')}
        </a>
        <a class="button quiet" href="/schedule.ics?title=room">
          {t('schedule.feed_named')}
        </a>
      </div>
    </section>
  )
}

/** Read out how many there are once somebody has asked for others. */
function useCountSaid(count: number, wish: Wish): void {
  const asked = useSignal(wish)
  useEffect(() => {
    if (asked.value === wish) return
    const timer = setTimeout(() => {
      asked.value = wish
      const text = count === 0 ? t('schedule.none') : tCount('schedule.found', count)
      announcer.announce({ text, urgency: 'polite', kind: 'found' })
    }, SETTLED_MS)
    return () => clearTimeout(timer)
  }, [count, wish])
}
