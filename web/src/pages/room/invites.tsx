import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { type Branch, branches } from '../../state/door'
import { type TextKey, t, tCount } from '../../text'
import { Dialog } from '../../ui/dialog'
import { Question } from '../../ui/question'
import { type Answer, INVITE_USES_MAX, RANK, type Role, type Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import { momentOf } from './moments'
import type { RoomSession } from './session'

const USES = [1, 3, 5, 10, 20, INVITE_USES_MAX]
const HOURS = [2, 12, 24, 72, 168, 720]
const DAY_HOURS = 24

interface InvitesProps {
  readonly session: RoomSession
  readonly room: Room
  readonly onClose: () => void
}

/** Links for a few people: made here, shown once, and revoked with all that grew from them. */
export function Invites({ session, room, onClose }: InvitesProps) {
  const list = useSignal<readonly Branch[] | null>(null)
  const problem = useSignal<string | null>(null)
  const revoking = useSignal<Branch | null>(null)
  const load = async () => {
    const answer = await session.request('list_invites', {})
    problem.value = problemOf(answer)
    if (answer?.type === 'invites') list.value = branches(answer.invites)
  }
  useEffect(() => void load(), [])
  if (revoking.value !== null) {
    return (
      <RevokeSheet
        key="revoke"
        session={session}
        branch={revoking.value}
        onClose={(isDone) => {
          revoking.value = null
          if (isDone) void load()
        }}
      />
    )
  }
  return (
    <Dialog key="invites" title={t('invites.title')} onClose={onClose}>
      <p class="soft help">{t('invites.help')}</p>
      <MakeForm session={session} room={room} onMade={() => void load()} />
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      <h3>{t('invites.list')}</h3>
      {list.value?.length === 0 && <p>{t('invites.none')}</p>}
      <ul class="ledger">
        {list.value?.map((branch) => (
          <InviteRow
            key={branch.invite.invite_id}
            branch={branch}
            now_ms={session.turn.now_ms.value}
            onRevoke={() => {
              revoking.value = branch
            }}
          />
        ))}
      </ul>
      <div class="row">
        <button type="button" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

function MakeForm({
  session,
  room,
  onMade,
}: Omit<InvitesProps, 'onClose'> & { readonly onMade: () => void }) {
  const uses = useSignal(1)
  const hours = useSignal(DAY_HOURS)
  const role = useSignal<Role>('member')
  const link = useSignal('')
  const problem = useSignal<string | null>(null)
  const self = session.self.value
  const roles = (Object.keys(RANK) as Role[]).filter((one) =>
    session.may('give_roles') && self !== null ? RANK[one] < RANK[self.role] : one === 'member',
  )
  const make = async () => {
    const answer = await session.request('make_invite', {
      uses: uses.value,
      hours: hours.value,
      role: role.value,
    })
    problem.value = problemOf(answer)
    if (answer?.type !== 'invited') return
    link.value = `${location.origin}/m/${room.slug}#invite=${answer.secret}`
    onMade()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void make()
      }}
    >
      <Choose
        label="invites.uses"
        choices={USES}
        word={String}
        value={uses.value}
        onChoose={(one) => {
          uses.value = one
        }}
      />
      <Choose
        label="invites.hours"
        choices={HOURS}
        word={hoursInWords}
        value={hours.value}
        onChoose={(one) => {
          hours.value = one
        }}
      />
      {roles.length > 1 && (
        <Choose
          label="invites.role"
          choices={roles}
          word={(one) => t(`role.${one}`)}
          value={role.value}
          onChoose={(one) => {
            role.value = one
          }}
        />
      )}
      <button type="submit" class={link.value === '' ? 'main wide' : 'wide'}>
        {t('invites.make')}
      </button>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      {link.value !== '' && <Link key={link.value} link={link.value} />}
    </form>
  )
}

interface ChooseProps<T extends string | number> {
  readonly label: TextKey
  readonly choices: readonly T[]
  readonly word: (one: T) => string
  readonly value: T
  readonly onChoose: (one: T) => void
}

function Choose<T extends string | number>({ label, choices, word, value, onChoose }: ChooseProps<T>) {
  return (
    <label class="field">
      <span>{t(label)}</span>
      <select
        value={value}
        onChange={(event) => {
          const chosen = choices[event.currentTarget.selectedIndex]
          if (chosen !== undefined) onChoose(chosen)
        }}
      >
        {choices.map((one) => (
          <option key={one} value={one}>
            {word(one)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** The secret is here and nowhere else: the server keeps only what it can be known by. */
function Link({ link }: { readonly link: string }) {
  const told = useSignal<TextKey | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link)
      told.value = 'invites.copied'
    } catch {
      field.current?.select()
      told.value = 'invites.not_copied'
    }
  }
  return (
    <div class="fresh-link">
      <label class="field">
        <span>{t('invites.link')}</span>
        <input
          ref={field}
          type="text"
          readOnly
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>
      <button type="button" class="main wide" onClick={() => void copy()}>
        {t('invites.copy')}
      </button>
      <p role="status">{told.value !== null && t(told.value)}</p>
    </div>
  )
}

interface InviteRowProps {
  readonly branch: Branch
  readonly now_ms: number
  readonly onRevoke: () => void
}

function InviteRow({ branch, now_ms, onRevoke }: InviteRowProps) {
  const { invite, depth } = branch
  const line = lineOf(branch)
  const state: TextKey | null = invite.is_revoked
    ? 'invites.revoked'
    : invite.until_ms <= now_ms
      ? 'invites.over'
      : invite.is_paused
        ? 'invites.paused'
        : null
  return (
    <li data-depth={Math.min(depth, 3)}>
      <span class="who">
        {line}
        {depth > 0 && <span class="soft with"> {t('invites.from')}</span>}{' '}
        {state !== null && <span class="mark">{t(state)}</span>}
      </span>
      {!invite.is_revoked && (
        <button
          type="button"
          id={`revoke-${invite.invite_id}`}
          aria-haspopup="dialog"
          aria-label={t('invites.revoke_name', { line })}
          onClick={onRevoke}
        >
          {t('invites.revoke')}
        </button>
      )}
    </li>
  )
}

function lineOf({ invite }: Branch): string {
  const { role, uses, uses_max, until_ms } = invite
  return t('invites.line', { role: t(`role.${role}`), uses, max: uses_max, until: momentOf(until_ms) })
}

interface RevokeSheetProps {
  readonly session: RoomSession
  readonly branch: Branch
  readonly onClose: (isDone: boolean) => void
}

function RevokeSheet({ session, branch, onClose }: RevokeSheetProps) {
  const revoke = async () =>
    problemOf(await session.request('revoke_invite', { invite_id: branch.invite.invite_id }))
  return (
    <Question
      title={t('invites.revoke_title')}
      yes={t('invites.revoke_yes')}
      no={t('host.cancel')}
      onYes={revoke}
      onClose={onClose}
    >
      <p class="strong">{lineOf(branch)}</p>
      <p>{tCount('invites.revoke_words', branch.size)}</p>
    </Question>
  )
}

function problemOf(answer: Answer | null): string | null {
  if (answer === null) return t('invites.busy')
  if (answer.type !== 'refused') return null
  return answer.code === 'busy' ? t('invites.busy') : refusalText(answer.code, '')
}

function hoursInWords(hours: number): string {
  return hours % DAY_HOURS === 0 ? tCount('invites.days', hours / DAY_HOURS) : tCount('invites.hours', hours)
}
