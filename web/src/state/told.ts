import type { Announcement } from '../a11y/announcer'
import type { Settings } from '../settings'

const LEVELS = ['me', 'floor', 'everything'] as const

/** Whether somebody wants to be told this. What says nothing of its level concerns the person alone. */
export function isTold(
  { kind, level = 'me' }: Pick<Announcement, 'kind' | 'level'>,
  { told, chat_told }: Pick<Settings, 'told' | 'chat_told'>,
): boolean {
  if (kind === 'chat') return chat_told !== 'off'
  return LEVELS.indexOf(level) <= LEVELS.indexOf(told)
}
