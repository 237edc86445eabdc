import { followLink } from '../../route'
import type { Upcoming } from '../../state/lobby'
import { DAYS, type ListedDay } from '../../state/schedule'
import { dayDate, timeIn, timesIn, zoneName } from '../../state/times'
import { t } from '../../text'
import { zone } from '../../zone'
import { dayText } from '../when'

interface DayListProps {
  readonly day: ListedDay
  readonly aboutOf: (slug: string) => string
}

/** The meetings of one day, each with more about it on demand. */
export function DayList({ day, aboutOf }: DayListProps) {
  const [first] = day.meetings
  if (first === undefined) return null
  const id = `day-${day.ahead}`
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>
        {day.ahead === 0 ? t('lobby.today') : dayText(first.starts_ms)}{' '}
        <span class="soft">{day.ahead === 0 ? '' : dayDate(zone.value, first.starts_ms)}</span>
      </h2>
      <ul class="meetings">
        {day.meetings.map((one) => (
          <li key={`${one.slug} ${one.starts_ms}`}>
            <Meeting one={one} about={aboutOf(one.slug)} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Meeting({ one, about }: { readonly one: Upcoming; readonly about: string }) {
  const own = ownTimes(one)
  return (
    <details class="meeting">
      <summary>
        <span class="time">{timesIn(zone.value, one.starts_ms, one.ends_ms)}</span>
        <span class="name">{one.title}</span>
      </summary>
      <div class="more">
        {about !== '' && <p>{about}</p>}
        {own !== '' && <p class="soft">{own}</p>}
        <div class="row">
          <a class="button" href={`/m/${one.slug}`} onClick={followLink}>
            {t('schedule.open')}
          </a>
          <a class="button quiet" href={`/schedule/${one.slug}.ics`}>
            {t('schedule.add')}
          </a>
        </div>
        <p class="soft help">{t('schedule.add_help')}</p>
      </div>
    </details>
  )
}

/** Say when it is by the clocks it is held by, where those show another time. */
function ownTimes(one: Upcoming): string {
  if (one.zone === '' || timeIn(one.zone, one.starts_ms) === timeIn(zone.value, one.starts_ms)) return ''
  return t('schedule.own', {
    day: dayDate(one.zone, one.starts_ms),
    times: timesIn(one.zone, one.starts_ms, one.ends_ms),
    zone: zoneName(one.zone, one.starts_ms),
  })
}

/** The week side by side, for wide windows. */
export function WeekGrid({ days }: { readonly days: readonly ListedDay[] }) {
  const columns = Array.from({ length: DAYS }, (_, ahead) => days.find((day) => day.ahead === ahead))
  return (
    <div class="week">
      {columns.map((day, ahead) =>
        day === undefined ? null : (
          <section key={ahead} aria-labelledby={`column-${ahead}`}>
            <h2 id={`column-${ahead}`}>
              {ahead === 0 ? t('lobby.today') : dayText(day.meetings[0]?.starts_ms ?? 0)}
            </h2>
            <ul>
              {day.meetings.map((one) => (
                <li key={`${one.slug} ${one.starts_ms}`}>
                  <a class="card" href={`/m/${one.slug}`} onClick={followLink}>
                    <span class="time">{timesIn(zone.value, one.starts_ms, one.ends_ms)}</span>
                    <span class="name">{one.title}</span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
    </div>
  )
}
