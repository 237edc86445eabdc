import { type FunctionComponent, h } from 'preact'

type Shape = readonly [tag: string, attributes: Readonly<Record<string, string>>]

/** Make an icon of its shapes. It stands beside a word that says the same, so it is silent. */
export function drawing(shapes: readonly Shape[]): FunctionComponent {
  return () =>
    h(
      'svg',
      { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' },
      shapes.map(([tag, attributes]) => h(tag, attributes)),
    )
}
