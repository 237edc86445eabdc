import { t } from '../../text'
import type { RoomSession } from './session'
import type { Known } from './sheets'

interface PersonNameProps {
  readonly session: RoomSession
  readonly about: Known
  /** Told apart from the same person's name elsewhere on the page. */
  readonly where: 'people' | 'stage' | 'chat'
  /** Whether Tab stops here; a name that is a stop elsewhere need not be one in every line. */
  readonly isStop?: boolean
}

/** A name; of somebody else it opens what one can do about them. */
export function PersonName({ session, about, where, isStop = true }: PersonNameProps) {
  const { member_id, name } = about
  if (member_id === session.me.value) return <span class="name">{name}</span>
  return (
    <button
      type="button"
      class="name-button"
      {...(where === 'chat' ? {} : { id: `${where}-${member_id}` })}
      aria-haspopup="dialog"
      title={t('member.open', { name })}
      tabIndex={isStop ? 0 : -1}
      onClick={() => {
        session.sheets.person.value = { member_id, name }
      }}
    >
      <span class="name">{name}</span>
    </button>
  )
}
