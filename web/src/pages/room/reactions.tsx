import HandHeart from 'icon:hand-heart'
import HeartHandshake from 'icon:heart-handshake'
import Smile from 'icon:smile'
import Sparkles from 'icon:sparkles'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { shownReactions } from '../../state/captions'
import { isTrusted } from '../../state/hearing'
import { t, tCount } from '../../text'
import { REACTION_PER_S, type Reaction, type Room } from '../../wire.gen'
import type { RoomSession } from './session'

const SIGNS = [
  ['thanks', HandHeart],
  ['with_you', HeartHandshake],
  ['welcome', Smile],
  ['applause', Sparkles],
] as const

/** The server takes one in five seconds; a little longer here, so that it never has to say no. */
const REST_MS = 1_000 / REACTION_PER_S + 500

/** Four silent signs and how many there were of each: never whose, never read out, nothing that flies about. */
export function Reactions({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const given = useSignal<Reaction | null>(null)
  useEffect(() => {
    if (given.value === null) return
    const timer = setTimeout(() => {
      given.value = null
    }, REST_MS)
    return () => clearTimeout(timer)
  }, [given.value])
  if (!room.rules.has_reactions) return null
  const self = session.self.value
  const isClosed = room.order.is_frozen && self !== null && !isTrusted(self.role)
  const give = (kind: Reaction) => {
    if (given.value !== null || isClosed) return
    given.value = kind
    void session.act({ event: 'react', payload: { kind } })
  }
  return (
    <section class="reactions" aria-label={t('react.title')}>
      <div class="signs">
        {SIGNS.map(([kind, Icon]) => (
          <button
            key={kind}
            type="button"
            data-given={given.value === kind}
            aria-disabled={given.value !== null || isClosed}
            onClick={() => give(kind)}
          >
            <Icon />
            {t(`react.${kind}`)}
          </button>
        ))}
      </div>
      <p class="soft counts">{counted(session, room) || t('react.help')}</p>
    </section>
  )
}

function counted(session: RoomSession, room: Room): string {
  const counts = shownReactions(room, session.turn.now_ms.value)
  if (counts === null) return ''
  const some = SIGNS.filter(([kind]) => counts[kind] > 0)
  return some.map(([kind]) => tCount(`react.count_${kind}`, counts[kind])).join(' · ')
}
