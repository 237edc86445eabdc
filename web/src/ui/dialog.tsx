import type { ComponentChildren, RefObject } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  /** What has the focus at first, where the browser's own choice will not do. */
  readonly first?: RefObject<HTMLElement | null>
  readonly children: ComponentChildren
}

/**
 * A sheet over the page. The browser keeps focus inside and gives it back to the opener. It opens within the
 * press: a key that follows at once must not reach what lies below.
 */
export function Dialog({ title, onClose, first, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useLayoutEffect(() => {
    const dialog = ref.current
    if (dialog === null) return
    const opener = document.activeElement
    dialog.showModal()
    first?.current?.focus()
    return () => {
      dialog.close()
      // The opener may have moved or gone meanwhile; its twin, or the page, takes the focus then.
      const twin = opener?.id ? document.getElementById(opener.id) : null
      const target = opener?.isConnected ? opener : (twin ?? document.getElementById('main'))
      if (target instanceof HTMLElement) target.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class="sheet"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  )
}
