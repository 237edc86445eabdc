import { type TextKey, t, timeInWords } from '../../text'

interface ChoiceProps<T extends string> {
  readonly legend: TextKey
  readonly name: string
  readonly choices: readonly T[]
  readonly word: (one: T) => TextKey
  readonly value: T
  readonly onChoose: (one: T) => void
}

/** One of several, each with its words. */
export function Choice<T extends string>({ legend, name, choices, word, value, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset>
      <legend>{t(legend)}</legend>
      {choices.map((one) => (
        <label key={one} class="check">
          <input type="radio" name={name} checked={one === value} onChange={() => onChoose(one)} />
          <span>{t(word(one))}</span>
        </label>
      ))}
    </fieldset>
  )
}

interface LengthProps {
  readonly label: TextKey
  /** The word for 0. */
  readonly none: TextKey
  readonly lengths_ms: readonly number[]
  readonly value_ms: number
  readonly onChoose: (length_ms: number) => void
}

/** A length of time from a short list. */
export function Length({ label, none, lengths_ms, value_ms, onChoose }: LengthProps) {
  const all_ms = [...new Set([...lengths_ms, value_ms])].sort((a, b) => a - b)
  return (
    <label class="field">
      <span>{t(label)}</span>
      <select value={value_ms} onChange={(event) => onChoose(Number(event.currentTarget.value))}>
        {all_ms.map((length_ms) => (
          <option key={length_ms} value={length_ms}>
            {length_ms === 0 ? t(none) : timeInWords(length_ms)}
          </option>
        ))}
      </select>
    </label>
  )
}
