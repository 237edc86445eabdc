import EyeOff from 'icon:eye-off'
import LifeBuoy from 'icon:life-buoy'
import { signal } from '@preact/signals'
import { followLink } from '../route'
import { t } from '../text'
import { Dialog } from './dialog'

/** The operator's name for the place: the server writes it into the page's head. */
const placeName = document.querySelector<HTMLMetaElement>('meta[name=application-name]')?.content

const isHelpOpen = signal(false)

export function openHelp(): void {
  isHelpOpen.value = true
}

/** The same on every page, in the same order: the place, help, hide. */
export function Header() {
  return (
    <header class="top">
      <a class="skip" href="/exit" data-hide>
        {t('skip.hide')}
      </a>
      <a class="skip" href="#main">
        {t('skip.main')}
      </a>
      <a class="place" href="/" onClick={followLink}>
        <span class="lamp" aria-hidden="true" />
        {placeName || t('place.name')}
      </a>
      <button type="button" class="quiet" onClick={openHelp} aria-haspopup="dialog">
        <LifeBuoy />
        {t('help.open')}
      </button>
      <button type="button" class="quiet hide" title={t('hide.explain')} data-hide>
        <EyeOff />
        {t('hide.open')}
      </button>
      {isHelpOpen.value && <Help />}
    </header>
  )
}

function Help() {
  const close = () => {
    isHelpOpen.value = false
  }
  return (
    <Dialog title={t('help.title')} onClose={close}>
      <p class="strong">{t('help.danger')}</p>
      <p>{t('help.line')}</p>
      <p>{t('help.room')}</p>
      <p class="soft">{t('help.hide')}</p>
      <div class="row">
        <button type="button" class="main" onClick={close}>
          {t('help.close')}
        </button>
      </div>
    </Dialog>
  )
}
