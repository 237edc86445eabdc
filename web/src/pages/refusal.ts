import { type TextKey, t } from '../text'
import type { RefusalCode } from '../wire.gen'

const TEXTS: Partial<Record<RefusalCode, TextKey>> = {
  name_taken: 'refused.name_taken',
  name_unusable: 'refused.name_unusable',
  ticket_unusable: 'refused.ticket_unusable',
  no_room: 'refused.no_room',
  room_full: 'refused.room_full',
  too_fast: 'refused.too_fast',
  bad_message: 'refused.too_old',
  not_allowed: 'refused.not_allowed',
  no_such_member: 'refused.no_such_member',
}

/** Return words for a refusal; `name` is the name that was asked for or acted upon. */
export function refusalText(code: RefusalCode, name: string): string {
  return t(TEXTS[code] ?? 'refused.generic', { name })
}
