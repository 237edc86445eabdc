/** How moments are said: on the clocks of a zone, and from now. Everything is given; nothing looks at a clock. */

import { dates, fromNow } from './locale'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** What browsers say of a zone that has no name and no distance from UTC. */
const NO_NAME = /^(?:GMT|UTC)(?:[+-]0?0:00)?$/

/** Browsers call these cities as nobody there does any more. */
const OF_TODAY: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Godthab': 'America/Nuuk',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
}

function ofToday(zone: string): string {
  const named = OF_TODAY[zone] ?? zone
  return isZone(named) ? named : zone
}

/** The zone that this device lives in. */
export function deviceZone(): string {
  return ofToday(Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC')
}

/** Whether this browser knows the zone. */
export function isZone(zone: string): boolean {
  try {
    dates({ timeZone: zone })
    return zone !== ''
  } catch {
    return false
  }
}

/** Every zone there is to choose from. */
export function allZones(): readonly string[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone').map(ofToday), 'UTC'])].sort()
}

/** What people call a zone: its city, and the name of its time where that says more. */
export function zoneName(zone: string, at_ms: number): string {
  const city = cityOf(zone)
  const parts = dates({ timeZone: zone, timeZoneName: 'longGeneric' }).formatToParts(at_ms)
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
  if (name === '' || NO_NAME.test(name)) return city
  return name.includes(city) ? name : `${city}, ${name}`
}

function cityOf(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
}

/** The time of day, with twelve or twenty-four hours as the language has it. */
export function timeIn(zone: string, at_ms: number): string {
  return dates({ timeZone: zone, hour: 'numeric', minute: '2-digit' }).format(at_ms)
}

/** From one time of day to another. */
export function timesIn(zone: string, starts_ms: number, ends_ms: number): string {
  const clock = dates({ timeZone: zone, hour: 'numeric', minute: '2-digit' })
  return `${clock.format(starts_ms)} – ${clock.format(ends_ms)}`
}

/** How many midnights of the zone lie between now and then; 0 is today. */
export function daysAhead(zone: string, at_ms: number, now_ms: number): number {
  return (dayOf(zone, at_ms) - dayOf(zone, now_ms)) / DAY_MS
}

function dayOf(zone: string, at_ms: number): number {
  const parts = dates({
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  }).formatToParts(at_ms)
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  return Date.UTC(read('year'), read('month') - 1, read('day'))
}

/** The hour of the day, 0 to 23. */
export function hourIn(zone: string, at_ms: number): number {
  const parts = dates({ timeZone: zone, numberingSystem: 'latn', hour: 'numeric', hourCycle: 'h23' })
  return Number(parts.formatToParts(at_ms).find((part) => part.type === 'hour')?.value)
}

/** A day's name within a week, and with its date beyond. */
export function dayName(zone: string, at_ms: number, now_ms: number): string {
  const isNear = daysAhead(zone, at_ms, now_ms) < 7
  const date = isNear ? {} : ({ month: 'long', day: 'numeric' } as const)
  return dates({ timeZone: zone, weekday: 'long', ...date }).format(at_ms)
}

/** A day's date without its year: "November 24". */
export function dayDate(zone: string, at_ms: number): string {
  return dates({ timeZone: zone, month: 'long', day: 'numeric' }).format(at_ms)
}

/** How soon something is: "in 20 minutes", "in 3 hours". What is over or under way is "in 1 minute" at the least. */
export function howSoon(at_ms: number, now_ms: number): string {
  const wait_ms = Math.max(MINUTE_MS, at_ms - now_ms)
  const minutes = Math.ceil(wait_ms / MINUTE_MS)
  return minutes < 90 ? fromNow(minutes, 'minute') : fromNow(Math.round(wait_ms / HOUR_MS), 'hour')
}

/** Which words say when something is: near enough to count, tomorrow, or by its day. */
export function nearness(zone: string, at_ms: number, now_ms: number): 'soon' | 'tomorrow' | 'day' {
  const days = daysAhead(zone, at_ms, now_ms)
  if (days <= 0 || at_ms - now_ms < 2 * HOUR_MS) return 'soon'
  return days === 1 ? 'tomorrow' : 'day'
}
