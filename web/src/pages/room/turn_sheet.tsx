import { useLayoutEffect, useRef } from 'preact/hooks'
import { t } from '../../text'
import type { RoomSession } from './session'

/**
 * The question when it is one's turn. It stands over the page without shutting it: whoever is writing goes
 * on writing, everybody else has the focus on its heading. There is no countdown.
 */
export function TurnSheet({ session }: { readonly session: RoomSession }) {
  const { turn } = session
  return turn.isCalled.value ? <Question session={session} /> : null
}

function Question({ session }: { readonly session: RoomSession }) {
  const { turn } = session
  const heading = useRef<HTMLHeadingElement>(null)
  const sheet = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const box = sheet.current
    if (!isTyping()) heading.current?.focus()
    return () => {
      // The answer takes its button away: the focus must not fall to nowhere.
      const active = document.activeElement
      if (active === document.body || box?.contains(active)) document.getElementById('main')?.focus()
    }
  }, [])
  const isMuted = session.self.value?.mutes.by_host === true
  const name = session.self.value?.name ?? ''
  return (
    <section ref={sheet} class="turn-sheet" role="dialog" aria-labelledby="turn-title">
      <h2 id="turn-title" ref={heading} tabIndex={-1}>
        {t('turn.title', { name })}
      </h2>
      <p>{t(isMuted ? 'turn.muted' : 'turn.words')}</p>
      <div class="row">
        {!isMuted && (
          <button type="button" class="main" onClick={() => void session.toggleMic()}>
            {t('turn.mic')}
          </button>
        )}
        <button type="button" onClick={() => void turn.end(true)}>
          {t('turn.not_now')}
        </button>
        <button type="button" onClick={() => turn.startWriting()}>
          {t('turn.write')}
        </button>
      </div>
    </section>
  )
}

/** Whether the person is in the middle of words, or of a sheet that they opened themselves. */
function isTyping(): boolean {
  const active = document.activeElement
  return active?.matches('textarea, input, select, dialog, dialog *') === true
}
