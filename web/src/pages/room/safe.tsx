import { t } from '../../text'
import { openHelp } from '../../ui/header'
import type { Room } from '../../wire.gen'
import type { RoomSession } from './session'

/** A host's connection may be back in a moment: before this nothing is said of it. */
const TELL_AFTER_MS = 15_000

/** While nobody leads: what happens to the room, and where help is. */
export function Safe({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const { watch } = room
  if (watch.lost_ms === 0) return null
  if (watch.is_safe) return <SafeCard session={session} room={room} />
  const asked = room.members[watch.asked]
  const isLong = session.turn.now_ms.value - watch.lost_ms >= TELL_AFTER_MS
  if (asked === undefined && !isLong) return null
  const isMe = watch.asked === session.me.value
  return (
    <div class="notices">
      <div class="note calm">
        <p>
          {t('watch.lost')} {asked !== undefined && !isMe && t('watch.asked', { name: asked.name })}
        </p>
        <StillMay session={session} room={room} />
      </div>
    </div>
  )
}

function SafeCard({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  return (
    <section class="card safe" aria-labelledby="safe-title">
      <h2 id="safe-title">{t('safe.title')}</h2>
      <p>{t('safe.words')}</p>
      <CrisisWords />
      <div class="row">
        <button type="button" class="main" onClick={openHelp} aria-haspopup="dialog">
          {t('help.open')}
        </button>
        <StillMay session={session} room={room} />
      </div>
    </section>
  )
}

/** Whoever said no, or did not answer, may still say yes. */
function StillMay({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  if (!room.watch.passed.includes(session.me.value) || session.may('run_floor')) return null
  return (
    <button type="button" onClick={() => void session.act({ event: 'take_lead', payload: {} })}>
      {t('lead.after_all')}
    </button>
  )
}

/** The two sentences that must be there when nobody else may be. */
export function CrisisWords() {
  return (
    <div class="crisis">
      <p class="strong">{t('help.danger')}</p>
      <p>{t('help.line')}</p>
    </div>
  )
}
