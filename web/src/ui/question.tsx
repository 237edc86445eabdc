import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { Dialog } from './dialog'

interface QuestionProps {
  readonly title: string
  readonly yes: string
  readonly no: string
  /** Does it; resolves to why not in words, or null. */
  readonly onYes: () => Promise<string | null>
  readonly onClose: (isDone: boolean) => void
  /** What it will do. */
  readonly children: ComponentChildren
}

/** The question before what hurts or cannot be taken back: a hasty Enter gives the harmless answer. */
export function Question({ title, yes, no, onYes, onClose, children }: QuestionProps) {
  const problem = useSignal<string | null>(null)
  const isWaiting = useSignal(false)
  const harmless = useRef<HTMLButtonElement>(null)
  const act = async () => {
    if (isWaiting.value) return
    isWaiting.value = true
    problem.value = await onYes()
    isWaiting.value = false
    if (problem.value === null) onClose(true)
  }
  return (
    <Dialog title={title} onClose={() => onClose(false)} first={harmless}>
      {children}
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      <div class="row">
        <button ref={harmless} type="button" onClick={() => onClose(false)}>
          {no}
        </button>
        <button type="button" class="danger" aria-disabled={isWaiting.value} onClick={() => void act()}>
          {yes}
        </button>
      </div>
    </Dialog>
  )
}
