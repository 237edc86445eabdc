import { enterRegion } from '../../a11y/regions'
import { t } from '../../text'
import type { RoomSession } from './session'

/** Shown only to those who come by keyboard. */
export function Skips({ session }: { readonly session: RoomSession }) {
  const toControls = () => {
    const bar = document.querySelector<HTMLElement>('nav.controls')
    if (bar !== null) enterRegion(bar)
  }
  return (
    <>
      <button type="button" class="skip" onClick={toControls}>
        {t('skip.controls')}
      </button>
      <button
        type="button"
        class="skip"
        aria-haspopup="dialog"
        aria-keyshortcuts="?"
        onClick={() => {
          session.sheets.areKeysOpen.value = true
        }}
      >
        {t('skip.keys')}
      </button>
    </>
  )
}
