import en from '../../../locales/en.host.json'
import { dates } from '../../state/locale'
import { learn, textOf, type Values } from '../../text'
import { zone } from '../../zone'

/** The words of this page are in a catalogue of their own, since only hosts need them. */
export type HostTextKey = keyof typeof en

learn(en, 'host:')

export function th(key: HostTextKey, values: Values = {}): string {
  return textOf(`host:${key}`, values)
}

/** Return the date of a moment, in the zone that was chosen here. */
export function dayOf(at_ms: number): string {
  return dates({ dateStyle: 'medium', timeZone: zone.value }).format(at_ms)
}
