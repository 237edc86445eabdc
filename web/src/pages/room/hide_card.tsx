import X from 'icon:x'
import { changeSettings, settings } from '../../settings'
import { t } from '../../text'

/**
 * What Hide does, for somebody who is in a room for the first time on this device. It takes no focus and is
 * written down only once it was put away, so that a look into a room leaves nothing here.
 */
export function HideCard() {
  if (settings.value.knows_hide) return null
  const close = () => {
    document.getElementById('main')?.focus({ preventScroll: true })
    changeSettings({ knows_hide: true })
  }
  return (
    <div role="note" class="note calm closes">
      <p>{t('hide.first')}</p>
      <button type="button" class="quiet close" aria-label={t('hide.first_close')} onClick={close}>
        <X />
      </button>
    </div>
  )
}
