import { type TextKey, t, timeInWords } from '../text'
import { MINUTE_MS, type RefusalCode } from '../wire.gen'

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
  banned: 'refused.banned',
  was_removed: 'refused.was_removed',
  stepped_out: 'refused.stepped_out',
  no_such_guest: 'refused.no_such_guest',
  no_such_ban: 'refused.no_such_ban',
  on_probation: 'refused.on_probation',
  cannot_block: 'refused.cannot_block',
  not_asked: 'refused.not_asked',
  no_sheet: 'refused.no_sheet',
  no_such_cue: 'refused.no_such_cue',
  no_such_report: 'refused.no_such_report',
  private_off: 'refused.private_off',
  not_reachable: 'refused.not_reachable',
  not_agreed: 'refused.not_agreed',
  reactions_off: 'refused.reactions_off',
}

/** Return which words say a refusal. */
export function refusalKey(code: RefusalCode): TextKey {
  return TEXTS[code] ?? 'refused.generic'
}

/** Return words for a refusal; `name` is the name that was asked for or acted upon, `wait_ms` for how long. */
export function refusalText(code: RefusalCode, name: string, wait_ms = 0): string {
  return t(refusalKey(code), { name, time: waitText(wait_ms) })
}

/** Return a time to wait in words: what takes longer than a minute is told in whole ones. */
export function waitText(wait_ms: number): string {
  if (wait_ms <= MINUTE_MS) return timeInWords(wait_ms)
  // The page's clock may be a second behind: fifteen minutes that just began are not sixteen.
  return timeInWords(Math.max(1, Math.ceil((wait_ms - 1_000) / MINUTE_MS)) * MINUTE_MS)
}
