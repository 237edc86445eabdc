import Copy from 'icon:copy'
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { Question } from '../../ui/question'
import type { Problem } from './api'
import { problemText, tg } from './words'

/** Why the last press did nothing, but for what stands at a field. The region is there from the start. */
export function ProblemNote({ problem }: { readonly problem: Problem | null }) {
  const isOfField = problem !== null && (problem.startsWith('bad_') || problem.endsWith('_taken'))
  return (
    <div role="alert">
      {problem !== null && !isOfField && <p class="note warm">{problemText(problem)}</p>}
    </div>
  )
}

interface SectionProps {
  readonly title: string
  readonly children: ComponentChildren
}

export function Section({ title, children }: SectionProps) {
  const id = useId()
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (text: string) => void
  readonly max?: number
  readonly help?: string
  readonly type?: 'text' | 'time' | 'number'
  readonly problem: Problem | null
  /** The problems that are about this field. */
  readonly own: readonly Problem[]
}

/** A field with what is wrong in it beside it. */
export function Field({ label, value, onInput, max, help, type = 'text', problem, own }: FieldProps) {
  const id = useId()
  const isWrong = problem !== null && own.includes(problem)
  return (
    <div class="fielded">
      <label class="field">
        <span>{label}</span>
        <input
          {...({ type } as { type: 'text' })} // its other kinds take the same attributes
          autocomplete="off"
          {...(max === undefined ? {} : { maxLength: max })}
          {...(type === 'number' ? { min: 0, inputMode: 'numeric' } : {})}
          value={value}
          aria-invalid={isWrong}
          aria-describedby={id}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      </label>
      <FieldHelp id={id} help={help} problem={isWrong ? problem : null} />
    </div>
  )
}

interface FieldHelpProps {
  readonly id: string
  readonly help?: string | undefined
  readonly problem: Problem | null
}

export function FieldHelp({ id, help, problem }: FieldHelpProps) {
  return (
    <div id={id}>
      {help !== undefined && <p class="soft help">{help}</p>}
      <div role="alert">{problem !== null && <p class="wrong">{problemText(problem)}</p>}</div>
    </div>
  )
}

interface SelectProps<T extends string | number> {
  readonly label: string
  readonly choices: readonly T[]
  readonly word: (one: T) => string
  readonly value: T
  readonly onChoose: (one: T) => void
}

export function Select<T extends string | number>({ label, choices, word, value, onChoose }: SelectProps<T>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={value}
        onChange={(event) => {
          const chosen = choices[event.currentTarget.selectedIndex]
          if (chosen !== undefined) onChoose(chosen)
        }}
      >
        {choices.map((one) => (
          <option key={one} value={one}>
            {word(one)}
          </option>
        ))}
      </select>
    </label>
  )
}

interface CheckProps {
  readonly label: string
  readonly isOn: boolean
  readonly onSet: (isOn: boolean) => void
}

export function Check({ label, isOn, onSet }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={(event) => onSet(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  )
}

interface FormProps {
  readonly problem: Problem | null
  readonly told: string
  readonly submit: string
  readonly onSubmit: () => Promise<void>
  readonly children: ComponentChildren
}

/** A form that is sent once at a time; what was typed stays until it was taken. */
export function Form({ problem, told, submit, onSubmit, children }: FormProps) {
  const isWaiting = useSignal(false)
  const send = async () => {
    if (isWaiting.value) return
    isWaiting.value = true
    await onSubmit()
    isWaiting.value = false
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {children}
      <ProblemNote problem={problem} />
      <button type="submit" class="main wide" aria-disabled={isWaiting.value}>
        {submit}
      </button>
      <p role="status" class="soft help">
        {told}
      </p>
    </form>
  )
}

interface SureProps {
  readonly title: string
  /** What it will do. */
  readonly words: string
  readonly yes: string
  readonly onYes: () => Promise<Problem | null>
  readonly onClose: () => void
}

/** The question before what cannot be taken back. */
export function Sure({ title, words, yes, onYes, onClose }: SureProps) {
  const act = async () => {
    const problem = await onYes()
    return problem === null ? null : problemText(problem)
  }
  return (
    <Question title={title} yes={yes} no={tg('cancel')} onYes={act} onClose={onClose}>
      <p>{words}</p>
    </Question>
  )
}

interface SecretLinkProps {
  readonly label: string
  readonly link: string
  readonly help: string
}

/** A link with a secret, which is here and nowhere else. */
export function SecretLink({ label, link, help }: SecretLinkProps) {
  const told = useSignal('')
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link)
      told.value = tg('link.copied')
    } catch {
      field.current?.select()
      told.value = tg('link.not_copied')
    }
  }
  return (
    <div class="fresh-link">
      <label class="field">
        <span id={id}>{label}</span>
        <input
          ref={field}
          type="text"
          readOnly
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>
      <p class="soft help">{help}</p>
      <button
        type="button"
        class="wide"
        id={`${id}-copy`}
        aria-labelledby={`${id}-copy ${id}`}
        onClick={() => void copy()}
      >
        <Copy />
        {tg('link.copy')}
      </button>
      <p role="status" class="soft help">
        {told.value}
      </p>
    </div>
  )
}
