import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { type Row, steadyRows } from '../state/steady'

/** A finger lifts before its tap is done with: the list stays as it is a little longer. */
const LIFTED_MS = 800

/** What the element around the rows listens to. */
interface Holding {
  readonly onPointerEnter: () => void
  readonly onPointerLeave: () => void
  readonly onFocusIn: () => void
  readonly onFocusOut: (event: FocusEvent) => void
}

/** Rows that keep their places while somebody's hand or focus is among them. */
export function useSteady<T>(
  items: readonly T[],
  keyOf: (item: T) => number | string,
): { readonly rows: readonly Row<T>[]; readonly holding: Holding } {
  const rows = useRef<readonly Row<T>[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const hasPointer = useSignal(false)
  const hasFocus = useSignal(false)
  rows.current = steadyRows(rows.current, items, keyOf, hasPointer.value || hasFocus.value)
  const holding: Holding = {
    onPointerEnter: () => {
      clearTimeout(timer.current)
      hasPointer.value = true
    },
    onPointerLeave: () => {
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        hasPointer.value = false
      }, LIFTED_MS)
    },
    onFocusIn: () => {
      hasFocus.value = true
    },
    onFocusOut: (event) => {
      const list = event.currentTarget
      const isInside = list instanceof Node && event.relatedTarget instanceof Node
      hasFocus.value = isInside && list.contains(event.relatedTarget as Node)
    },
  }
  return { rows: rows.current, holding }
}
