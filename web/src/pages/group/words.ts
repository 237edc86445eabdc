import en from '../../../locales/en.group.json'
import type { Role } from '../../group.gen'
import { dates, listed } from '../../state/locale'
import { timeIn } from '../../state/times'
import { countedText, learn, type TextKey, t, textOf, type Values } from '../../text'
import { zone } from '../../zone'
import { type Problem as HostProblem, problemKey } from '../host/api'
import { th } from '../host/words'
import type { Problem } from './api'

/** The words of a group's page are in a catalogue of their own, since only hosts need them. */
export type GroupTextKey = keyof typeof en

learn(en, 'group:')

export function tg(key: GroupTextKey, values: Values = {}): string {
  return textOf(`group:${key}`, values)
}

/** Return the text that fits a count: of the two keys that end in `.one` and `.other`. */
export function tgCount(key: CountedKey, count: number, values: Values = {}): string {
  return countedText(`group:${key}`, count, values)
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

/** Return weekday, day and time of a date to come, in the zone that the visitor has chosen. */
export function dateText(at_ms: number): string {
  const options = { weekday: 'short', month: 'short', day: 'numeric', timeZone: zone.value } as const
  const day = dates(options).format(at_ms)
  return tg('moment', { day, time: timeIn(zone.value, at_ms) })
}

/** Return the date and time of any moment, in the same zone. */
export function momentText(at_ms: number): string {
  const options = { dateStyle: 'medium', timeStyle: 'short', timeZone: zone.value } as const
  return dates(options).format(at_ms)
}

const monday_ms = Date.UTC(2026, 0, 5)
const DAY_MS = 86_400_000

/** Weekdays as the server calls them, Monday first. */
export const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const

export function weekdayName(day: string): string {
  const at_ms = monday_ms + DAYS.indexOf(day as (typeof DAYS)[number]) * DAY_MS
  return dates({ weekday: 'long', timeZone: 'UTC' }).format(at_ms)
}

/** Return a time of day such as 19:00 as the language writes it. */
export function clockText(at: string): string {
  const [hours = 0, minutes = 0] = at.split(':').map(Number)
  return timeIn('UTC', Date.UTC(2026, 0, 5, hours, minutes))
}

export function listText(words: readonly string[]): string {
  return listed(words)
}

export function zoneText(name: string): string {
  return name.replaceAll('_', ' ')
}
