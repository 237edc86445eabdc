import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { t } from '../../text'
import { Dialog } from '../../ui/dialog'
import { useNameHint } from '../../ui/name_hint'
import { NAME_MAX_CHARS } from '../../wire.gen'
import { refusalText } from '../refusal'
import type { RoomSession } from './session'

/** Another name for the rest of the stay. */
export function RenameSheet({
  session,
  onClose,
}: {
  readonly session: RoomSession
  readonly onClose: () => void
}) {
  const current = session.self.value?.name ?? ''
  const name = useSignal(current)
  const problem = useSignal<string | null>(null)
  const hint = useNameHint(name.value === current ? '' : name.value, 'rename.help')
  const helpId = useId()
  const save = async () => {
    const wanted = name.value.trim()
    if (wanted === '') {
      problem.value = t('refused.name_empty')
      return
    }
    if (wanted === current) {
      onClose()
      return
    }
    const refusal = await session.ask({ event: 'rename', payload: { name: wanted } })
    if (refusal === null) onClose()
    else {
      problem.value = refusalText(refusal.code, wanted)
      if (refusal.suggestion !== '') name.value = refusal.suggestion
    }
  }
  return (
    <Dialog title={t('rename.title')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <label class="field">
          <span>{t('rename.label')}</span>
          <input
            type="text"
            autocomplete="off"
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
        <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
        <div class="row">
          <button type="submit" class="main">
            {t('rename.save')}
          </button>
          <button type="button" onClick={onClose}>
            {t('rename.cancel', { name: current })}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
