import { describe, expect, it } from 'vitest'
import {
  allZones,
  dayName,
  daysAhead,
  deviceZone,
  howSoon,
  isZone,
  nearness,
  timeIn,
  timesIn,
  zoneName,
} from '../src/state/times'

const LISBON = 'Europe/Lisbon'
const NEW_YORK = 'America/New_York'
const KATHMANDU = 'Asia/Kathmandu'
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

const at = (written: string) => Date.parse(`${written}Z`)
/** The digits of a time, whether a device has twelve hours or twenty-four. */
const digits = (text: string) => text.replace(/\s?[AP]M/, '')

describe('a time of day', () => {
  it.each([
    [LISBON, '2026-03-29T00:30', '12:30'],
    [LISBON, '2026-03-29T01:30', '2:30'],
    [NEW_YORK, '2026-11-01T05:30', '1:30'],
    [NEW_YORK, '2026-11-01T06:30', '1:30'],
    [KATHMANDU, '2026-01-05T01:15', '7:00'],
  ])('in %s at %s UTC is %s', (zone, utc, expected) => {
    const twelve = digits(timeIn(zone, at(utc))).replace(/^0/, '')
    expect([expected, expected.replace(/^12:/, '0:')]).toContain(twelve)
  })

  it('goes from one to another', () => {
    expect(timesIn('UTC', at('2026-01-05T07:00'), at('2026-01-05T08:15'))).toMatch(/7:00.* – .*8:15/)
  })
})

describe('days ahead', () => {
  it('are counted by the midnights of the zone', () => {
    const late = at('2026-01-05T23:30')
    expect(daysAhead('UTC', at('2026-01-06T00:10'), late)).toBe(1)
    expect(daysAhead(KATHMANDU, at('2026-01-06T00:10'), late)).toBe(0)
    expect(daysAhead(NEW_YORK, at('2026-01-06T06:00'), late)).toBe(1)
  })

  it('are whole over a change of the clocks, a month and a year', () => {
    expect(daysAhead(LISBON, at('2026-03-29T22:30'), at('2026-03-28T23:30'))).toBe(1)
    expect(daysAhead(NEW_YORK, at('2026-11-02T04:30'), at('2026-11-01T04:30'))).toBe(0)
    expect(daysAhead('UTC', at('2027-01-02T00:00'), at('2026-12-31T23:59'))).toBe(2)
  })

  it('have names, and dates from a week on', () => {
    const now = at('2026-01-05T12:00')
    expect(dayName('UTC', at('2026-01-08T19:00'), now)).toBe('Thursday')
    expect(dayName('UTC', at('2026-01-11T23:59'), now)).toBe('Sunday')
    expect(dayName('UTC', at('2026-01-12T00:00'), now)).toBe('Monday, January 12')
    expect(dayName(KATHMANDU, at('2026-01-08T19:00'), now)).toBe('Friday')
  })
})

describe('how soon', () => {
  const now = at('2026-01-05T12:00')

  it.each([
    [1, 'in 1 minute'],
    [MINUTE_MS, 'in 1 minute'],
    [MINUTE_MS + 1, 'in 2 minutes'],
    [20 * MINUTE_MS, 'in 20 minutes'],
    [89 * MINUTE_MS, 'in 89 minutes'],
    [90 * MINUTE_MS, 'in 2 hours'],
    [145 * MINUTE_MS, 'in 2 hours'],
    [9 * HOUR_MS, 'in 9 hours'],
    [0, 'in 1 minute'],
    [-HOUR_MS, 'in 1 minute'],
  ])('%i ms is %s', (wait, expected) => {
    expect(howSoon(now + wait, now)).toBe(expected)
  })

  it.each([
    ['2026-01-05T21:00', 'soon'],
    ['2026-01-06T00:00', 'tomorrow'],
    ['2026-01-06T23:59', 'tomorrow'],
    ['2026-01-07T00:00', 'day'],
    ['2026-02-01T00:00', 'day'],
  ])('%s is said as %s', (utc, expected) => {
    expect(nearness('UTC', at(utc), now)).toBe(expected)
  })

  it('counts over midnight where it is near', () => {
    const late = at('2026-01-05T23:30')
    expect(nearness('UTC', late + 2 * HOUR_MS - 1, late)).toBe('soon')
    expect(nearness('UTC', late + 2 * HOUR_MS, late)).toBe('tomorrow')
  })
})

describe('zones', () => {
  const winter = at('2026-01-05T12:00')

  it.each([
    [LISBON, 'Lisbon, Western European Time'],
    [NEW_YORK, 'New York, Eastern Time'],
    ['America/St_Johns', 'St. Johns, Newfoundland Time'],
  ])('%s is called %s', (zone, name) => {
    expect(zoneName(zone, winter)).toBe(name.replace('St.', 'St'))
  })

  it('are not said twice', () => {
    expect(zoneName('UTC', winter)).toMatch(
      /^(UTC|Coordinated Universal Time|UTC, Coordinated Universal Time)$/,
    )
    expect(zoneName('Pacific/Fiji', winter)).toMatch(/^Fiji (Standard )?Time$/)
  })

  it('are known or not', () => {
    expect([isZone(LISBON), isZone('UTC'), isZone('Europe/Atlantis'), isZone('')]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('can all be used', () => {
    expect(allZones()).toContain('UTC')
    expect(allZones()).toContain(LISBON)
    expect(allZones()).toContain(KATHMANDU)
    expect(allZones()).not.toContain('Asia/Katmandu')
    expect(new Set(allZones()).size).toBe(allZones().length)
    for (const zone of allZones()) expect(isZone(zone)).toBe(true)
    expect(isZone(deviceZone())).toBe(true)
  })
})
