import { t } from '../../text'
import { Question } from '../../ui/question'
import type { ChatLine } from '../../wire.gen'
import { REPEATED_CHARS } from './chat'
import type { RoomSession } from './session'

/** The question before somebody's words are gone for everybody. */
export function EraseSheet({
  session,
  line,
  onClose,
}: {
  readonly session: RoomSession
  readonly line: ChatLine
  readonly onClose: () => void
}) {
  // Whatever comes of it, the line says so itself.
  const erase = () => {
    void session.ask({ event: 'erase_line', payload: { seq: line.seq } })
    return Promise.resolve(null)
  }
  return (
    <Question
      title={t('host.erase_title')}
      yes={t('host.erase_yes')}
      no={t('host.cancel')}
      onYes={erase}
      onClose={onClose}
    >
      <p>{t('host.erase_words', { name: line.name, text: line.text.slice(0, REPEATED_CHARS) })}</p>
    </Question>
  )
}
