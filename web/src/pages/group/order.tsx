import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { BanLine, InviteLine, Role } from '../../group.gen'
import { serverNow } from '../../rooms'
import { type Branch, branches } from '../../state/door'
import { INVITE_USES_MAX, RANK } from '../../wire.gen'
import { type Desk, type Problem, problemOf } from './api'
import { Form, ProblemNote, SecretLink, Section, Select, Sure } from './parts'
import { momentText, roleName, tg, tgCount, tgOf } from './words'

const USES = [1, 3, 5, 10, 20, INVITE_USES_MAX]
const HOURS = [2, 12, 24, 72, 168, 720]
const DAY_HOURS = 24

/** Who may not come: conduct and dates, no names. */
export function Bans({ desk }: { readonly desk: Desk }) {
  const bans = useSignal<readonly BanLine[] | null>(null)
  const problem = useSignal<Problem | null>(null)
  const lifting = useSignal<BanLine | null>(null)
  const told = useSignal('')
  const load = async () => {
    const shown = await desk.ask('group/bans', {}, 'bans_shown')
    problem.value = problemOf(shown)
    if (typeof shown !== 'string') bans.value = shown.bans
  }
  useEffect(() => void load(), [])
  return (
    <Section title={tg('bans')}>
      <p class="soft help">{tg('bans.help')}</p>
      {bans.value?.length === 0 && <p>{tg('bans.none')}</p>}
      <ul class="ledger">
        {bans.value?.map((ban) => (
          <li key={ban.ban_id}>
            <span class="who">
              <span class="strong">{reasonOf(ban)}</span>
              <span class="soft help below">
                {tg(ban.by_device ? 'bans.by_device' : 'bans.by_branch')} {datesOf(ban)}
              </span>
            </span>
            {desk.group.may_change && (
              <button
                type="button"
                aria-haspopup="dialog"
                aria-label={tg('bans.lift_name', { reason: reasonOf(ban), dates: datesOf(ban) })}
                onClick={() => {
                  lifting.value = ban
                }}
              >
                {tg('bans.lift')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <ProblemNote problem={problem.value} />
      <p role="status" class="soft help">
        {told.value}
      </p>
      {lifting.value !== null && (
        <Sure
          title={tg('bans.lift_sure')}
          words={`${reasonOf(lifting.value)}. ${datesOf(lifting.value)} ${tg('bans.lift_words')}`}
          yes={tg('bans.lift_yes')}
          onYes={async () => {
            const ban_id = lifting.value?.ban_id ?? ''
            const found = problemOf(await desk.ask('group/bans/lift', { ban_id }, 'done'))
            if (found === null) told.value = tg('bans.lifted')
            await load()
            return found
          }}
          onClose={() => {
            lifting.value = null
          }}
        />
      )}
    </Section>
  )
}

function reasonOf(ban: BanLine): string {
  return tgOf('reason', ban.reason, 'reason.other')
}

function datesOf(ban: BanLine): string {
  return tg('bans.dates', { since: momentText(ban.placed_ms), until: momentText(ban.until_ms) })
}

/** Links for a few people, and what grew from them. */
export function Invites({ desk }: { readonly desk: Desk }) {
  const list = useSignal<readonly Branch[] | null>(null)
  const problem = useSignal<Problem | null>(null)
  const revoking = useSignal<Branch | null>(null)
  const told = useSignal('')
  const load = async () => {
    const shown = await desk.ask('group/invites', {}, 'invites_shown')
    problem.value = problemOf(shown)
    if (typeof shown !== 'string') list.value = branches(shown.invites)
  }
  useEffect(() => void load(), [])
  return (
    <Section title={tg('invites')}>
      <p class="soft help">{tg('invites.help')}</p>
      {list.value?.length === 0 && <p>{tg('invites.none')}</p>}
      <ul class="ledger">
        {list.value?.map((branch) => (
          <InviteRow
            key={branch.invite.invite_id}
            branch={branch}
            mayRevoke={desk.group.may_change}
            onRevoke={() => {
              revoking.value = branch
            }}
          />
        ))}
      </ul>
      <ProblemNote problem={problem.value} />
      <p role="status" class="soft help">
        {told.value}
      </p>
      {desk.group.may_change && desk.group.rooms.length > 0 && (
        <details>
          <summary>{tg('invites.make')}</summary>
          <MakeInvite desk={desk} onMade={() => void load()} />
        </details>
      )}
      {revoking.value !== null && (
        <Sure
          title={tg('invites.revoke_sure')}
          words={`${lineOf(revoking.value.invite)}. ${tgCount('invites.revoke_words', revoking.value.size)}`}
          yes={tg('invites.revoke_yes')}
          onYes={async () => {
            const invite_id = revoking.value?.invite.invite_id ?? ''
            const found = problemOf(await desk.ask('group/invites/revoke', { invite_id }, 'done'))
            if (found === null) told.value = tg('invites.is_revoked')
            await load()
            return found
          }}
          onClose={() => {
            revoking.value = null
          }}
        />
      )}
    </Section>
  )
}

interface InviteRowProps {
  readonly branch: Branch
  readonly mayRevoke: boolean
  readonly onRevoke: () => void
}

function InviteRow({ branch, mayRevoke, onRevoke }: InviteRowProps) {
  const { invite, depth } = branch
  const state = stateOf(invite)
  const line = lineOf(invite)
  return (
    <li data-depth={Math.min(depth, 3)}>
      <span class="who">
        {line}
        {depth > 0 && <span class="soft"> {tg('invites.from')}</span>}{' '}
        {state !== null && <span class="mark">{tg(state)}</span>}
      </span>
      {mayRevoke && !invite.is_revoked && (
        <button
          type="button"
          id={`revoke-${invite.invite_id}`}
          aria-haspopup="dialog"
          aria-label={tg('invites.revoke_name', { line })}
          onClick={onRevoke}
        >
          {tg('invites.revoke')}
        </button>
      )}
    </li>
  )
}

function stateOf(invite: InviteLine) {
  if (invite.is_revoked) return 'invites.revoked'
  if (invite.until_ms <= serverNow()) return 'invites.over'
  return invite.is_paused ? 'invites.paused' : null
}

function lineOf(invite: InviteLine): string {
  const { role, uses, uses_max, until_ms } = invite
  return tg('invites.line', { role: roleName(role), uses, max: uses_max, until: momentText(until_ms) })
}

function MakeInvite({ desk, onMade }: { readonly desk: Desk; readonly onMade: () => void }) {
  const { rooms } = desk.group
  const room = useSignal(rooms[0]?.slug ?? '')
  const role = useSignal<Role>('member')
  const uses = useSignal(1)
  const hours = useSignal(DAY_HOURS)
  const link = useSignal('')
  const problem = useSignal<Problem | null>(null)
  const roles = (Object.keys(RANK) as Role[]).filter((one) => RANK[one] < RANK[desk.group.role])
  const make = async () => {
    const asked = { role: role.value, uses: uses.value, hours: hours.value }
    const made = await desk.ask('group/invites/make', asked, 'invite_made')
    problem.value = problemOf(made)
    if (typeof made === 'string') return
    link.value = `${location.origin}/m/${room.value}#invite=${made.secret}`
    onMade()
  }
  return (
    <>
      <Form problem={problem.value} told="" submit={tg('invites.make_yes')} onSubmit={make}>
        <Select
          label={tg('invites.room')}
          choices={rooms.map((one) => one.slug)}
          word={(slug) => rooms.find((one) => one.slug === slug)?.title ?? slug}
          value={room.value}
          onChoose={(slug) => {
            room.value = slug
          }}
        />
        <Select
          label={tg('invites.uses')}
          choices={USES}
          word={String}
          value={uses.value}
          onChoose={(one) => {
            uses.value = one
          }}
        />
        <Select
          label={tg('invites.hours')}
          choices={HOURS}
          word={hoursText}
          value={hours.value}
          onChoose={(one) => {
            hours.value = one
          }}
        />
        <Select
          label={tg('invites.role')}
          choices={roles}
          word={roleName}
          value={role.value}
          onChoose={(one) => {
            role.value = one
          }}
        />
      </Form>
      {link.value !== '' && (
        <SecretLink
          key={link.value}
          label={tg('invites.link')}
          link={link.value}
          help={tg('invites.link_help')}
        />
      )}
    </>
  )
}

function hoursText(hours: number): string {
  return hours % DAY_HOURS === 0 ? tgCount('days', hours / DAY_HOURS) : tgCount('hours', hours)
}
