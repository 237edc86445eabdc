import type { Announcement } from '../a11y/announcer'
import { t, tCount } from '../text'
import type { Commit } from '../wire.gen'

/**
 * What a screen reader is told about a commit, or null. The own microphone, and what hosts do to it, is
 * urgent; chat is counted, never read out by itself; who comes, goes or speaks is seen, not said.
 */
export function spokenFor(
  commit: Commit,
  nameOf: (memberId: number) => string,
  me: number,
): Announcement | null {
  const { fact } = commit
  switch (fact.type) {
    case 'member_muted':
      return fact.member_id === me ? urgent(t('mic.muted_by_host', { name: nameOf(fact.by) })) : null
    case 'mute_lifted':
      return fact.member_id === me ? { text: t('mic.lifted'), urgency: 'polite' } : null
    case 'microphone_set':
      return fact.member_id === me ? urgent(t(fact.on ? 'mic.now_on' : 'mic.now_off')) : null
    case 'chat_posted':
      if (fact.member_id === me) return null
      return {
        text: t('chat.said_one', { name: fact.name }),
        urgency: 'polite',
        kind: 'chat',
        merged: (count) => tCount('chat.said', count),
      }
    default:
      return null
  }
}

function urgent(text: string): Announcement {
  return { text, urgency: 'assertive' }
}
