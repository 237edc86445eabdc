import { useEffect, useRef } from 'preact/hooks'
import { announcer } from '../../a11y/announcer'
import { t } from '../../text'
import { PROPOSAL_MS, type Proposal, type Room } from '../../wire.gen'
import type { RoomSession } from './session'

interface ProposalsProps {
  readonly session: RoomSession
  readonly room: Room
}

/** Roles that one host wants to give and a second one's word is waited for. */
export function Proposals({ session, room }: ProposalsProps) {
  const known = useRef<ReadonlySet<number>>(new Set())
  const me = session.me.value
  const nameOf = (id: number) => room.members[id]?.name ?? t('people.a_host')
  const open = openProposals(room, session.turn.now_ms.value)
  useEffect(() => {
    for (const one of open) {
      if (known.current.has(one.at_ms) || one.by === me || !session.may('give_roles')) continue
      announcer.announce({ text: t('proposals.came', wordsOf(one, nameOf)), urgency: 'polite' })
    }
    known.current = new Set(open.map((one) => one.at_ms))
  }, [room.proposals])
  if (open.length === 0 || !session.may('give_roles')) return null
  return (
    <section class="proposals card" aria-labelledby="proposals-title">
      <h2 id="proposals-title" tabIndex={-1}>
        {t('proposals.title')}
      </h2>
      <ul>
        {open.map((one) => (
          <li key={one.member_id}>
            <p>{t(one.by === me ? 'proposals.mine' : 'proposals.line', wordsOf(one, nameOf))}</p>
            {one.by !== me && one.member_id !== me && (
              <>
                <p class="soft help">{t('proposals.help')}</p>
                <button
                  type="button"
                  aria-label={t('proposals.agree_name', wordsOf(one, nameOf))}
                  onClick={() => {
                    document.getElementById('proposals-title')?.focus({ preventScroll: true })
                    const { member_id, role } = one
                    void session.act(
                      { event: 'give_role', payload: { member_id, role } },
                      nameOf(one.member_id),
                    )
                  }}
                >
                  {t('proposals.agree')}
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** One that is too old counts as none. */
export function openProposals(room: Room, now_ms: number): readonly Proposal[] {
  return room.proposals.filter(
    (one) => now_ms - one.at_ms <= PROPOSAL_MS && room.members[one.member_id] !== undefined,
  )
}

function wordsOf(one: Proposal, nameOf: (id: number) => string) {
  return { by: nameOf(one.by), name: nameOf(one.member_id), role: t(`role.${one.role}`) }
}
