import EyeOff from 'icon:eye-off'
import LifeBuoy from 'icon:life-buoy'
import { signal } from '@preact/signals'
import type { VNode } from 'preact'
import { withWords } from '../language'
import { followLink } from '../route'
import { t } from '../text'
import { Dialog } from './dialog'

/** The operator's name for the place: the server writes it into the page's head. */
const placeName = document.querySelector<HTMLMetaElement>('meta[name=application-name]')?.content

const Lines = signal<(() => VNode) | null>(null)

const isHelpOpen = signal(false)

export function openHelp(): void {
  isHelpOpen.value = true
  const part = withWords('help', import('./help_lines'))
  part.then(
    ({ HelpLines }) => {
      Lines.value = HelpLines
    },
    () => undefined, // there are words in its place, and the next time it is asked for again
  )
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
      {Lines.value === null ? <p>{t('help.line')}</p> : <Lines.value />}
      <div class="row">
        <button type="button" class="main" onClick={close}>
          {t('help.close')}
        </button>
      </div>
    </Dialog>
  )
}
