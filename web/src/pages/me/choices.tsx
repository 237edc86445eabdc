import type { RefObject } from 'preact'
import { useId } from 'preact/hooks'

interface ChoiceProps<T extends string | number> {
  readonly legend: string
  readonly options: readonly (readonly [value: T, words: string])[]
  readonly value: T
  readonly onChange: (value: T) => void
  /** Short words stand in a row. */
  readonly isRow?: boolean
  /** Set to the chosen one. */
  readonly chosen?: RefObject<HTMLInputElement | null>
}

/** One of several, as radio buttons: all that there is can be seen at once. */
export function Choice<T extends string | number>(props: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset class={props.isRow ? 'choice in-row' : 'choice'}>
      <legend>{props.legend}</legend>
      {props.options.map(([value, words]) => (
        <label key={value} class="check">
          <input
            ref={value === props.value ? (props.chosen ?? null) : null}
            type="radio"
            name={name}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
          />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  )
}

interface SwitchProps {
  readonly words: string
  readonly help?: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}

/** One thing to have or not. */
export function Switch({ words, help, isOn, onChange }: SwitchProps) {
  const helpId = useId()
  return (
    <div class="switch">
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          aria-describedby={help === undefined ? undefined : helpId}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <span>{words}</span>
      </label>
      {help !== undefined && (
        <p id={helpId} class="soft help under-check">
          {help}
        </p>
      )}
    </div>
  )
}
