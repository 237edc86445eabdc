import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { ContactKind } from '../contacts'
import { looksFull } from '../names'
import type { TextKey } from '../text'

/** The rules about contacts come after the page: they are wanted only once somebody types. */
const looksLikeContact = signal<(text: string) => ContactKind | null>(() => null)

/** Return what to say below the field of a name: a word of care, or `otherwise`. It never hinders. */
export function useNameHint(name: string, otherwise: TextKey): TextKey {
  useEffect(() => {
    import('../contacts')
      .then((rules) => {
        looksLikeContact.value = rules.looksLikeContact
      })
      .catch(() => undefined) // without them there is one warning less
  }, [])
  if (looksLikeContact.value(name) !== null) return 'join.contact_name'
  return looksFull(name) ? 'join.full_name' : otherwise
}
