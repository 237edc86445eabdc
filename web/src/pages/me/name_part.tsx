import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { rememberedName, rememberName } from '../../names'
import { t } from '../../text'
import { useNameHint } from '../../ui/name_hint'
import { NAME_MAX_CHARS } from '../../wire.gen'

interface NamePartProps {
  /** Something was written on the device, or removed from it. */
  readonly onChange: () => void
}

/** The remembered name: change it, or forget it. */
export function NamePart({ onChange }: NamePartProps) {
  const kept = useSignal(rememberedName())
  const name = useSignal(kept.value ?? '')
  const said = useSignal('')
  const hint = useNameHint(name.value, 'me.name_help')
  const helpId = useId()
  const remember = (wanted: string | null) => {
    rememberName(wanted)
    kept.value = wanted
    name.value = wanted ?? ''
    said.value = t(wanted === null ? 'me.name_forgotten' : 'me.name_saved')
    onChange()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (name.value.trim() !== '') remember(name.value.trim())
      }}
    >
      <p>{kept.value === null ? t('me.name_none') : t('me.name_kept', { name: kept.value })}</p>
      <label class="field">
        <span>{t('me.name_label')}</span>
        <input
          type="text"
          autocomplete="nickname"
          autocapitalize="words"
          spellcheck={false}
          maxLength={NAME_MAX_CHARS}
          value={name.value}
          aria-describedby={helpId}
          onInput={(event) => {
            name.value = event.currentTarget.value
          }}
        />
      </label>
      <p id={helpId} class="soft help">
        {t(hint)}
      </p>
      <div class="row">
        <button type="submit">{t('me.name_save')}</button>
        {kept.value !== null && (
          <button
            type="button"
            class="quiet"
            onClick={(event) => {
              event.currentTarget.form?.querySelector('input')?.focus()
              remember(null)
            }}
          >
            {t('me.name_forget')}
          </button>
        )}
      </div>
      <p role="status" class="help">
        {said.value}
      </p>
    </form>
  )
}
