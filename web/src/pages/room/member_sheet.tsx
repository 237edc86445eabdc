import { useSignal } from '@preact/signals'
import { may } from '../../state/hearing'
import { isBlocked } from '../../state/people'
import { type TextKey, t } from '../../text'
import { Dialog } from '../../ui/dialog'
import type { Refusal, Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import type { LetterPhase } from './letters'
import type { RoomSession } from './session'
import type { Known } from './sheets'

interface MemberSheetProps {
  readonly session: RoomSession
  readonly room: Room
  readonly about: Known
}

/** What anybody can do about somebody else: write, keep apart, tell the hosts. Each effect is said in words. */
export function MemberSheet({ session, room, about }: MemberSheetProps) {
  const problem = useSignal<string | null>(null)
  const { sheets } = session
  const close = () => {
    sheets.person.value = null
  }
  const { member_id } = about
  const member = room.members[member_id]
  const name = member?.name ?? about.name
  const isApart = isBlocked(room, member_id)
  const tell = (refusal: Refusal | null) => {
    problem.value = refusal === null ? null : refusalText(refusal.code, name, refusal.retry_ms)
    return refusal === null
  }
  const block = async () => {
    if (tell(await keepApart(session, about))) close()
  }
  const unblock = async () => {
    if (!tell(await session.ask({ event: 'unblock_member', payload: { member_id } }))) return
    session.board.tell('block.lifted', name)
    close()
  }
  const role = member?.role ?? 'member'
  const keepsOrder = may(role, 'keep_order') || session.may('keep_order')
  return (
    <Dialog title={name} onClose={close}>
      {role !== 'member' && <p class="soft">{t(`role.${role}`)}</p>}
      {member === undefined && <p class="soft">{t('member.gone')}</p>}
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      {isApart ? (
        <>
          <p>{t('block.is', { name })}</p>
          <button type="button" class="wide" onClick={() => void unblock()}>
            {t('block.lift')}
          </button>
          <p class="soft help">{t('block.lift_help', { name })}</p>
        </>
      ) : (
        <>
          {member !== undefined && room.rules.has_private && !room.order.is_frozen && (
            <PrivateChoice session={session} about={{ member_id, name }} tell={tell} />
          )}
          {keepsOrder ? (
            <p class="soft help">{t('block.not_hosts')}</p>
          ) : (
            <>
              <button type="button" class="wide" onClick={() => void block()}>
                {t('block.do')}
              </button>
              <p class="soft help">{t('block.help', { name })}</p>
            </>
          )}
        </>
      )}
      <button
        type="button"
        class="wide"
        onClick={() => {
          sheets.report.value = { member_id, name }
          close()
        }}
      >
        {t('report.open')}
      </button>
      <p class="soft help">{t('report.open_help')}</p>
      <div class="row">
        <button type="button" onClick={close}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

/** Keep apart from somebody, with a way back for a few seconds. Resolves to why not, or null. */
export async function keepApart(session: RoomSession, { member_id, name }: Known): Promise<Refusal | null> {
  const refusal = await session.ask({ event: 'block_member', payload: { member_id } })
  if (refusal === null) {
    session.undo.offer('block.done', name, () => [{ event: 'unblock_member', payload: { member_id } }])
  }
  return refusal
}

interface PrivateChoiceProps {
  readonly session: RoomSession
  readonly about: Known
  readonly tell: (refusal: Refusal | null) => boolean
}

const PHASE_WORDS = {
  asked_by_me: 'letters.waits',
  asked_by_them: 'letters.asks',
  open: 'letters.is_open',
  ended: 'letters.is_over',
} as const satisfies Record<LetterPhase, TextKey>

/** The way to private words, as far as they have come. */
function PrivateChoice({ session, about, tell }: PrivateChoiceProps) {
  const { letters } = session
  const letter = letters.all.value.get(about.member_id)
  const { name, member_id } = about
  if (letter === undefined) {
    return (
      <>
        <button type="button" class="wide" onClick={() => void letters.ask(member_id).then(tell)}>
          {t('letters.ask')}
        </button>
        <p class="soft help">{t('letters.ask_help', { name })}</p>
      </>
    )
  }
  const isLive = letter.phase === 'open' || letter.phase === 'asked_by_them'
  return (
    <>
      <p class="note calm">{t(PHASE_WORDS[letter.phase], { name })}</p>
      {isLive && (
        <button type="button" class="main wide" onClick={() => session.sheets.openLetters(member_id)}>
          {t('letters.open')}
        </button>
      )}
    </>
  )
}
