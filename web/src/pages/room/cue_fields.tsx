import type { DraftCue } from '../../state/sheet_draft'
import { type TextKey, t } from '../../text'
import { type ChatMode, type FloorMode, READING_MAX_CHARS, TITLE_MAX_CHARS } from '../../wire.gen'
import { Length } from './choices'

const MODES: readonly FloorMode[] = ['open', 'hands', 'round', 'listen']
const CHATS: readonly ChatMode[] = ['everyone', 'hosts', 'off']
const LIMITS_MS = [0, 60_000, 120_000, 180_000, 300_000, 600_000, 900_000, 1_200_000, 1_800_000, 3_600_000]

interface CueFieldsProps {
  readonly cue: DraftCue
  readonly place: number
  readonly count: number
  readonly isOpen: boolean
  readonly problem: string | null
  readonly onToggle: () => void
  readonly onChange: (change: Partial<DraftCue>) => void
  readonly onMove: (by: -1 | 1) => void
  readonly onDrop: () => void
}

/** One step of a run-sheet that is being written: a row that opens. */
export function CueFields(props: CueFieldsProps) {
  const { cue, place, count, isOpen, onToggle, onMove, onDrop } = props
  const title = cue.title.trim() === '' ? t('sheet.step_untitled', { place }) : cue.title
  const id = `cue-${cue.key}`
  return (
    <li>
      <button
        type="button"
        id={`${id}-open`}
        class="opener wide"
        aria-expanded={isOpen}
        aria-controls={isOpen ? `${id}-fields` : undefined}
        onClick={onToggle}
      >
        {cue.title.trim() === '' ? title : t('sheet.step', { place, title })}
      </button>
      {isOpen && <Fields {...props} id={id} />}
      <div class="tools">
        <button
          type="button"
          id={`${id}-up`}
          aria-disabled={place === 1}
          aria-label={t('sheet.up_name', { place, title })}
          onClick={() => onMove(-1)}
        >
          {t('sheet.up')}
        </button>
        <button
          type="button"
          id={`${id}-down`}
          aria-disabled={place === count}
          aria-label={t('sheet.down_name', { place, title })}
          onClick={() => onMove(1)}
        >
          {t('sheet.down')}
        </button>
        <button
          type="button"
          class="danger"
          aria-label={t('sheet.drop_name', { place, title })}
          onClick={onDrop}
        >
          {t('sheet.drop')}
        </button>
      </div>
    </li>
  )
}

function Fields({ cue, id, problem, onChange }: CueFieldsProps & { readonly id: string }) {
  return (
    <div id={`${id}-fields`} class="cue-fields">
      <label class="field">
        <span>{t('sheet.step_title')}</span>
        <input
          id={`${id}-title`}
          type="text"
          dir="auto"
          autocomplete="off"
          maxLength={TITLE_MAX_CHARS}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : `${id}-problem`}
          value={cue.title}
          onInput={(event) => onChange({ title: event.currentTarget.value })}
        />
      </label>
      <div role="alert">
        {problem !== null && (
          <p id={`${id}-problem`} class="note warm">
            {problem}
          </p>
        )}
      </div>
      <label class="field">
        <span>{t('sheet.text')}</span>
        <textarea
          rows={5}
          dir="auto"
          maxLength={READING_MAX_CHARS}
          aria-describedby={`${id}-text-help`}
          value={cue.text}
          onInput={(event) => onChange({ text: event.currentTarget.value })}
        />
        <span id={`${id}-text-help`} class="soft help">
          {t('sheet.text_help')}
        </span>
      </label>
      <AsBefore
        label="sheet.mode"
        choices={MODES}
        word={(one) => `desk.mode.${one}`}
        value={cue.floor}
        onChoose={(floor) => onChange({ floor })}
      />
      <AsBefore
        label="sheet.chat"
        choices={CHATS}
        word={(one) => `desk.chat.${one}`}
        value={cue.chat}
        onChoose={(chat) => onChange({ chat })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={cue.mutes}
          onChange={(event) => onChange({ mutes: event.currentTarget.checked })}
        />
        <span>{t('sheet.mutes')}</span>
      </label>
      <Length
        label="sheet.limit"
        none="desk.no_limit"
        lengths_ms={LIMITS_MS}
        value_ms={cue.limit_ms}
        onChoose={(limit_ms) => onChange({ limit_ms })}
      />
    </div>
  )
}

interface AsBeforeProps<T extends string> {
  readonly label: TextKey
  readonly choices: readonly T[]
  readonly word: (one: T) => TextKey
  readonly value: T | null
  readonly onChoose: (one: T | null) => void
}

/** One of several, or nothing that changes. */
function AsBefore<T extends string>({ label, choices, word, value, onChoose }: AsBeforeProps<T>) {
  return (
    <label class="field">
      <span>{t(label)}</span>
      <select
        value={value ?? ''}
        onChange={(event) => onChoose(choices.find((one) => one === event.currentTarget.value) ?? null)}
      >
        <option value="">{t('sheet.as_before')}</option>
        {choices.map((one) => (
          <option key={one} value={one}>
            {t(word(one))}
          </option>
        ))}
      </select>
    </label>
  )
}
