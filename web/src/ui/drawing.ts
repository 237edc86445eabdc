import { type FunctionComponent, h } from 'preact'

type Shape = readonly [tag: string, attributes: Readonly<Record<string, string>>]

/** Make an icon of its shapes; one that `points` the way of the text is mirrored where that runs from the right. */
export function drawing(shapes: readonly Shape[], points = false): FunctionComponent {
  return () =>
    h(
      'svg',
      // It stands beside a word that says the same, so it is silent.
      {
        class: points ? 'icon points' : 'icon',
        viewBox: '0 0 24 24',
        'aria-hidden': 'true',
        focusable: 'false',
      },
      shapes.map(([tag, attributes]) => h(tag, attributes)),
    )
}
