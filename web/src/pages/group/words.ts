import en from '../../../locales/en.group.json'
import type { Role } from '../../group.gen'
import { serverNow } from '../../rooms'
import { dayName, timeIn } from '../../state/times'
import { fill, type TextKey, t, type Values } from '../../text'
import { zone } from '../../zone'
import { type Problem as HostProblem, problemKey } from '../host/api'
import { th } from '../host/words'
import type { Problem } from './api'

/** The words of a group's page are in a catalogue of their own, since only hosts need them. */
export type GroupTextKey = keyof typeof en

export function tg(key: GroupTextKey, values: Values = {}): string {
  return fill(en[key], values)
}

/** Return the text that fits a count: of the two keys that end in `.one` and `.other`. */
export function tgCount(key: CountedKey, count: number, values: Values = {}): string {
  return tg(`${key}.${count === 1 ? 'one' : 'other'}`, { count, ...values })
}

type StemOf<K, End extends string> = K extends `${infer Stem}.${End}` ? Stem : never
type CountedKey = StemOf<GroupTextKey, 'one'> & StemOf<GroupTextKey, 'other'>

/** Return the text of a key that comes from the server, or of `other` where this page is older than it. */
export function tgOf(prefix: string, word: string, other: GroupTextKey, values: Values = {}): string {
  const key = `${prefix}.${word}`
  return tg(isKey(key) ? key : other, values)
}

function isKey(key: string): key is GroupTextKey {
  return key in en
}

/** Say why something was not done. */
export function problemText(problem: Problem): string {
  const key = `no.${problem}`
  return isKey(key) ? tg(key) : th(problemKey(problem as HostProblem))
}

export function roleName(role: Role): string {
  return t(`role.${role}` as TextKey)
}

/** Return day and time of a moment, in the zone that the visitor has chosen. */
export function momentText(at_ms: number): string {
  return tg('moment', { day: dayName(zone.value, at_ms, serverNow()), time: timeIn(zone.value, at_ms) })
}

const monday_ms = Date.UTC(2026, 0, 5)
const DAY_MS = 86_400_000
const weekday = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' })
const list = new Intl.ListFormat('en')

/** Weekdays as the server calls them, Monday first. */
export const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const

export function weekdayName(day: string): string {
  return weekday.format(monday_ms + DAYS.indexOf(day as (typeof DAYS)[number]) * DAY_MS)
}

export function listText(words: readonly string[]): string {
  return list.format(words)
}

export function zoneText(name: string): string {
  return name.replaceAll('_', ' ')
}
