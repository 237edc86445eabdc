import { useSignal } from '@preact/signals'
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
  const OpenSheet = open.value === null ? null : SHEETS[open.value]
  return (
    <div class="row order-tools">
      {(Object.keys(words) as Sheet[]).map((sheet) => (
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
      {OpenSheet !== null && <OpenSheet session={session} room={room} onClose={close} />}
    </div>
  )
}
