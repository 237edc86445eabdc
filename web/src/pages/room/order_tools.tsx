import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { announcer } from '../../a11y/announcer'
import { t } from '../../text'
import type { Room } from '../../wire.gen'
import { Bans } from './bans'
import { Invites } from './invites'
import type { RoomSession } from './session'
import { Settings } from './settings'

const SHEETS = { settings: Settings, invites: Invites, bans: Bans } as const

type Sheet = keyof typeof SHEETS

/** The ways to what is needed less often: settings, invites, bans. */
export function OrderTools({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const open = useSignal<Sheet | null>(null)
  const close = () => {
    open.value = null
  }
  const words: Readonly<Record<Sheet, string>> = {
    settings: t('desk.settings'),
    invites: t('invites.open'),
    bans: t('bans.open', { count: room.bans.length }),
  }
  useTriedWords(room)
  if (!session.may('keep_order')) return null
  const isNeeded = (sheet: Sheet) => sheet !== 'bans' || room.bans.length > 0 || open.value === 'bans'
  const OpenSheet = open.value === null ? null : SHEETS[open.value]
  return (
    <section class="card order-tools" aria-labelledby="keep-title">
      <h2 id="keep-title">{t('desk.keep')}</h2>
      <div class="row">
        {(Object.keys(words) as Sheet[]).filter(isNeeded).map((sheet) => (
          <button
            key={sheet}
            type="button"
            id={`open-${sheet}`}
            aria-haspopup="dialog"
            onClick={() => {
              open.value = sheet
            }}
          >
            {words[sheet]}
          </button>
        ))}
      </div>
      {OpenSheet !== null && <OpenSheet session={session} room={room} onClose={close} />}
    </section>
  )
}

/** Say that somebody banned is at the gate again: the conduct that it was about, never who. */
function useTriedWords(room: Room): void {
  const known_ms = useRef(newestTry(room))
  useEffect(() => {
    const ban = room.bans.find((one) => one.tried_ms > known_ms.current)
    known_ms.current = newestTry(room)
    if (ban === undefined) return
    announcer.announce({
      text: t('bans.tried_said', { reason: t(`ban.of_${ban.reason}`) }),
      urgency: 'polite',
      kind: 'ban',
    })
  }, [room.bans])
}

function newestTry(room: Room): number {
  return Math.max(0, ...room.bans.map((ban) => ban.tried_ms))
}
