import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { isFocusNowhere } from '../a11y/focus'
import { route } from '../route'

/** Which page was shown last: focus moves only on changes after the first. */
let shown = ''

/**
 * The one h1 of a page. When the person goes to another page, focus goes here, so that it is read out; also
 * when what had the focus went with the page before. What happens to the page otherwise moves no focus.
 */
export function PageTitle({ children }: { readonly children: ComponentChildren }) {
  const ref = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    const before = shown
    shown = JSON.stringify(route.value)
    if (before !== '' && (before !== shown || isFocusNowhere())) ref.current?.focus()
  }, [])
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  )
}
