import { useSignal } from '@preact/signals'
import { t } from '../../text'
import { useLater } from '../../ui/later'
import type { Room } from '../../wire.gen'
import type { RoomSession } from './session'

const load = () => import('./sheet_list')

interface SheetToolsProps {
  readonly session: RoomSession
  readonly room: Room
}

/** The way to the group's run-sheets, while none is used. */
export function SheetTools({ session, room }: SheetToolsProps) {
  return (
    <div class="act">
      <SheetsButton session={session} room={room} words={t('sheet.open')} isWide />
      <p id="sheets-help" class="soft help">
        {t('sheet.help')}
      </p>
    </div>
  )
}

interface SheetsButtonProps extends SheetToolsProps {
  readonly words: string
  readonly isWide?: boolean
}

/** Opens the list of what the group keeps. */
export function SheetsButton({ session, room, words, isWide = false }: SheetsButtonProps) {
  const isOpen = useSignal(false)
  return (
    <>
      <button
        type="button"
        id="open-sheets"
        aria-haspopup="dialog"
        aria-describedby={isWide ? 'sheets-help' : undefined}
        onClick={() => {
          isOpen.value = true
        }}
      >
        {words}
      </button>
      {isOpen.value && (
        <Later
          session={session}
          room={room}
          onClose={() => {
            isOpen.value = false
          }}
        />
      )}
    </>
  )
}

function Later({ session, room, onClose }: SheetToolsProps & { readonly onClose: () => void }) {
  const part = useLater(load)
  return part === null ? null : <part.SheetList session={session} room={room} onClose={onClose} />
}
