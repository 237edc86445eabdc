import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** Whether the first page has been shown: focus moves only on changes after it. */
let hasShownPage = false

/** The one h1 of a page. When the person goes to another page, focus goes here, so that it is read out. */
export function PageTitle({ children }: { readonly children: ComponentChildren }) {
  const ref = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (hasShownPage) ref.current?.focus()
    hasShownPage = true
  }, [])
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  )
}
