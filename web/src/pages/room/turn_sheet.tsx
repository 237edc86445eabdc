import { t } from '../../text'
import type { RoomSession } from './session'

/**
 * The question when it is one's turn. It stands over the page without shutting it, and takes no focus, since
 * nobody here pressed anything: it is announced, and F6 leads to it first. There is no countdown.
 */
export function TurnSheet({ session }: { readonly session: RoomSession }) {
  const { turn } = session
  return turn.isCalled.value ? <Question session={session} /> : null
}

function Question({ session }: { readonly session: RoomSession }) {
  const { turn } = session
  const isMuted = session.self.value?.mutes.by_host === true
  const name = session.self.value?.name ?? ''
  return (
    <section class="turn-sheet" role="dialog" aria-labelledby="turn-title">
      <h2 id="turn-title">{t('turn.title', { name })}</h2>
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
