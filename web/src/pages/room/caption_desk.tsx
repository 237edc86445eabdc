import { useEffect, useMemo } from 'preact/hooks'
import { newestLine } from '../../state/captions'
import { t } from '../../text'
import type { Room } from '../../wire.gen'
import { Captioning } from './captioning'
import type { RoomSession } from './session'

/** Where a captioner writes. What others see of it stands right above. */
export function CaptionDesk({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const captioning = useMemo(() => new Captioning(session), [session])
  useEffect(() => () => captioning.stop(), [captioning])
  useEffect(() => captioning.follow(room), [room.captions])
  const mayCorrect = captioning.draft.value === '' && newestLine(room, session.me.value) !== null
  return (
    <section class="caption-desk card" aria-labelledby="caption-title">
      <h2 id="caption-title">{t('live.write')}</h2>
      <textarea
        id="caption-field"
        rows={2}
        dir="auto"
        aria-labelledby="caption-title"
        aria-describedby="caption-help"
        enterkeyhint="enter"
        value={captioning.draft.value}
        onInput={(event) => captioning.write(event.currentTarget.value, event.isComposing)}
        onKeyDown={(event) => {
          if (event.isComposing || event.shiftKey) return
          const isCorrecting = event.key === 'ArrowUp' && mayCorrect
          if (event.key !== 'Enter' && !isCorrecting) return
          event.preventDefault()
          if (isCorrecting) captioning.correct()
          else captioning.finish()
        }}
      />
      <p id="caption-help" class="soft help">
        {t('live.write_help')}
      </p>
      <div class="row">
        <button
          type="button"
          aria-disabled={captioning.draft.value === ''}
          onClick={() => {
            captioning.finish()
            document.getElementById('caption-field')?.focus()
          }}
        >
          {t('live.over')}
        </button>
        <button
          type="button"
          aria-disabled={!mayCorrect}
          onClick={() => {
            captioning.correct()
            document.getElementById('caption-field')?.focus()
          }}
        >
          {t('live.correct')}
        </button>
      </div>
    </section>
  )
}
