import en from '../../../locales/en.operator.json'
import { locale } from '../../state/locale'
import { learn, textOf, type Values } from '../../text'

/** The words of this page are in a catalogue of their own, since only operators need them. */
export type OperatorTextKey = keyof typeof en

learn(en, 'operator:')

export function to(key: OperatorTextKey, values: Values = {}): string {
  return textOf(`operator:${key}`, values)
}

/** Write a whole number. */
export function number(count: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 0 }).format(count)
}

/** Write a share of 0 to 1; small ones to a tenth of a percent. */
export function percent(share: number): string {
  const options = { style: 'percent', maximumFractionDigits: share > 0 && share < 0.1 ? 1 : 0 } as const
  return new Intl.NumberFormat(locale(), options).format(share)
}
