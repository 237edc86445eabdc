import { type TextKey, t } from '../text'
import type { RefusalCode } from '../wire.gen'

const TEXTS: Partial<Record<RefusalCode, TextKey>> = {
  name_taken: 'refused.name_taken',
  name_reserved: 'refused.name_reserved',
  name_unusable: 'refused.name_unusable',
  ticket_unusable: 'refused.ticket_unusable',
  no_room: 'refused.no_room',
  room_full: 'refused.room_full',
  too_fast: 'refused.too_fast',
  bad_message: 'refused.too_old',
  not_allowed: 'refused.not_allowed',
  no_such_member: 'refused.no_such_member',
  higher_rank: 'refused.higher_rank',
  locked: 'refused.locked',
  frozen: 'refused.frozen',
  no_floor: 'refused.no_floor',
  hand_is_up: 'refused.hand_is_up',
  no_hand: 'refused.no_hand',
  has_floor: 'refused.has_floor',
  nobody_waits: 'refused.nobody_waits',
  no_share: 'refused.no_share',
  out_of_bounds: 'refused.out_of_bounds',
  chat_closed: 'refused.chat_closed',
  no_such_line: 'refused.no_such_line',
  empty_text: 'refused.empty_text',
  text_too_long: 'refused.text_too_long',
  muted_by_host: 'refused.muted_by_host',
  not_a_member: 'refused.not_a_member',
}

/** Return which words say a refusal. */
export function refusalKey(code: RefusalCode): TextKey {
  return TEXTS[code] ?? 'refused.generic'
}

/** Return words for a refusal; `name` is the name that was asked for or acted upon. */
export function refusalText(code: RefusalCode, name: string): string {
  return t(refusalKey(code), { name })
}
