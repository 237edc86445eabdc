import { useId, useState } from 'preact/hooks'
import { serverNow } from '../rooms'
import type { RoomCard } from '../state/lobby'
import { capital } from '../state/locale'
import { allZones, dayName, daysAhead, deviceZone, howSoon, nearness, timeIn, zoneName } from '../state/times'
import { t, tCount } from '../text'
import { chooseZone, zone } from '../zone'

/** Say when something starts: "in 20 minutes, at 19:00", "tomorrow at 07:00", "on Thursday at 19:00". */
export function whenText(at_ms: number): string {
  const at = zone.value
  const now_ms = serverNow()
  const time = timeIn(at, at_ms)
  switch (nearness(at, at_ms, now_ms)) {
    case 'soon':
      return t('when.soon', { soon: howSoon(at_ms, now_ms), time })
    case 'tomorrow':
      return t('when.tomorrow', { time })
    case 'day':
      return t('when.day', { day: dayName(at, at_ms, now_ms), time })
  }
}

/** Say which day something is on: today, tomorrow, or the day's own name. */
export function dayText(at_ms: number): string {
  const now_ms = serverNow()
  const ahead = daysAhead(zone.value, at_ms, now_ms)
  if (ahead > 1) return capital(dayName(zone.value, at_ms, now_ms))
  return t(ahead === 1 ? 'lobby.tomorrow' : 'lobby.today')
}

/** Say how many are in a room. */
export function hereText(card: RoomCard): string {
  return card.members === 0 ? t('lobby.nobody') : tCount('lobby.here', card.members)
}

/** Say where a room stands. */
export function phaseText(card: RoomCard): string {
  if (card.phase === 'closed') {
    return card.next_starts_ms > 0
      ? t('phase.closed', { when: whenText(card.next_starts_ms) })
      : t('phase.unplanned')
  }
  if (card.is_continuous && card.ends_ms === 0) return t('phase.always')
  if (card.phase === 'doors') return t('phase.doors', { when: whenText(card.starts_ms) })
  if (card.ends_ms === 0) return t('phase.open')
  const time = timeIn(zone.value, card.ends_ms)
  return card.phase === 'fellowship' ? t('phase.fellowship', { time }) : t('phase.on', { time })
}

/** The zone that all times are in, and a way to another. */
export function ZoneLine() {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const name = zoneName(zone.value, serverNow())
  return (
    <div class="zone">
      <p class="soft">
        {t('zone.words', { zone: name })}
        <button
          type="button"
          class="link"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setOpen(!isOpen)}
        >
          {t('zone.change')}
        </button>
      </p>
      <div id={id} hidden={!isOpen}>
        {isOpen && (
          <label class="field">
            <span>{t('zone.label')}</span>
            <select value={zone.value} onChange={(event) => chooseZone(event.currentTarget.value)}>
              <option value={deviceZone()}>
                {t('zone.device', { zone: deviceZone().replaceAll('_', ' ') })}
              </option>
              {allZones()
                .filter((one) => one !== deviceZone())
                .map((one) => (
                  <option key={one} value={one}>
                    {one.replaceAll('_', ' ')}
                  </option>
                ))}
            </select>
            <span class="soft help">{t('zone.help')}</span>
          </label>
        )}
      </div>
    </div>
  )
}
