import { useLater } from '../../ui/later'
import { loadKeys } from '../load_keys'
import type { RoomSession } from './session'

/** The list of keys over a room, once it is asked for. */
export function KeysOverRoom({ session }: { readonly session: RoomSession }) {
  const isOpen = session.sheets.areKeysOpen
  const part = useLater(loadKeys, isOpen.value)
  const close = () => {
    isOpen.value = false
  }
  return part === null || !isOpen.value ? null : <part.KeysSheet onClose={close} />
}
