import en from '../../../locales/en.host.json'
import { fill, type Values } from '../../text'

/** The words of this page are in a catalogue of their own, since only hosts need them. */
export type HostTextKey = keyof typeof en

export function th(key: HostTextKey, values: Values = {}): string {
  return fill(en[key], values)
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })

/** Return the local date of a moment. */
export function dayOf(at_ms: number): string {
  return day.format(at_ms)
}
