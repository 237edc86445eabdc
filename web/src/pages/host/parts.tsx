import { useId } from 'preact/hooks'
import { LABEL_MAX_CHARS, type Problem, problemKey } from './api'
import { th } from './words'

/** Why the last press did nothing. The region is there from the start, so that it is read out. */
export function ProblemNote({ problem }: { readonly problem: Problem | null }) {
  return <div role="alert">{problem !== null && <p class="note warm">{th(problemKey(problem))}</p>}</div>
}

/** What a device is called where nobody says anything else. */
export function usualLabel(): string {
  return th(matchMedia('(pointer: coarse)').matches ? 'label.phone' : 'label.computer')
}

interface LabelFieldProps {
  readonly label: string
  readonly onLabel: (label: string) => void
}

/** The field for what somebody calls a device. */
export function LabelField({ label, onLabel }: LabelFieldProps) {
  const helpId = useId()
  return (
    <>
      <label class="field">
        <span>{th('label.label')}</span>
        <input
          type="text"
          name="label"
          autocomplete="off"
          maxLength={LABEL_MAX_CHARS}
          value={label}
          aria-describedby={helpId}
          onInput={(event) => onLabel(event.currentTarget.value)}
        />
      </label>
      <p id={helpId} class="soft help">
        {th('label.help')}
      </p>
    </>
  )
}
