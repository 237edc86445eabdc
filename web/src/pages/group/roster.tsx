import ArrowDown from 'icon:arrow-down'
import ArrowUp from 'icon:arrow-up'
import { useSignal } from '@preact/signals'
import type { Role, RosterLine } from '../../group.gen'
import { Dialog } from '../../ui/dialog'
import { type Desk, type Problem, problemOf } from './api'
import { Check, Field, Form, ProblemNote, SecretLink, Section, Select, Sure } from './parts'
import { roleName, tg } from './words'

/** As in server/group_ports.py. */
const ALIAS_MAX_CHARS = 40

/** Who serves the group, those who are asked to lead first. */
export function Roster({ desk }: { readonly desk: Desk }) {
  const changing = useSignal<RosterLine | null>(null)
  const removing = useSignal<RosterLine | null>(null)
  const problem = useSignal<Problem | null>(null)
  const told = useSignal('')
  const { roster } = desk.group
  const last = roster.filter((one) => one.place > 0).length
  const move = async (line: RosterLine, place: number) => {
    told.value = ''
    const asked = { account_id: line.account_id, place }
    problem.value = problemOf(await desk.ask('group/roster/move', asked, 'done'))
    if (problem.value === null) told.value = tg('roster.moved', { name: nameOf(line), place })
  }
  return (
    <Section title={tg('roster')}>
      <p class="soft help">{tg('roster.help')}</p>
      <ol class="ledger">
        {roster.map((line) => (
          <li key={line.account_id}>
            <Who line={line} isSelf={line.account_id === desk.account_id} />
            <span class="tools">
              {line.place > 0 && (
                <Arrows line={line} last={last} onMove={(place) => void move(line, place)} />
              )}
              {line.may_change && (
                <>
                  <button
                    type="button"
                    id={`change-${line.account_id}`}
                    aria-haspopup="dialog"
                    aria-label={tg('change_name', { name: nameOf(line) })}
                    onClick={() => {
                      changing.value = line
                    }}
                  >
                    {tg('change')}
                  </button>
                  <button
                    type="button"
                    id={`remove-${line.account_id}`}
                    aria-haspopup="dialog"
                    aria-label={tg('roster.remove_name', { name: nameOf(line) })}
                    onClick={() => {
                      removing.value = line
                    }}
                  >
                    {tg('roster.remove')}
                  </button>
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
      <ProblemNote problem={problem.value} />
      <p role="status" class="soft help">
        {told.value}
      </p>
      <details>
        <summary>{tg('roster.invite')}</summary>
        <InviteHost desk={desk} />
      </details>
      {changing.value !== null && (
        <ChangeHost
          key={changing.value.account_id}
          desk={desk}
          line={changing.value}
          last={last}
          onClose={(isDone) => {
            changing.value = null
            told.value = isDone ? tg('saved') : ''
          }}
        />
      )}
      {removing.value !== null && (
        <RemoveHost
          desk={desk}
          line={removing.value}
          onClose={() => {
            removing.value = null
          }}
        />
      )}
    </Section>
  )
}

function nameOf(line: RosterLine): string {
  return line.alias === '' ? line.account_id : line.alias
}

function Who({ line, isSelf }: { readonly line: RosterLine; readonly isSelf: boolean }) {
  return (
    <span class="who">
      <span class="strong">{nameOf(line)}</span> {isSelf && <span class="mark">{tg('roster.self')}</span>}
      <span class="soft help below">
        {roleName(line.role)}
        {line.place > 0 && `, ${tg('roster.place', { place: line.place })}`}
        {line.alias !== '' && `, ${tg('roster.account', { account: line.account_id })}`}
      </span>
      {!line.has_keys && <span class="help below wrong">{tg('roster.no_keys')}</span>}
    </span>
  )
}

interface ArrowsProps {
  readonly line: RosterLine
  readonly last: number
  readonly onMove: (place: number) => void
}

/** At an end the button stays, so that the focus of whoever presses it does. */
function Arrows({ line, last, onMove }: ArrowsProps) {
  const { place } = line
  return (
    <>
      <button
        type="button"
        class="icon-only"
        aria-label={tg('roster.up', { name: nameOf(line) })}
        aria-disabled={place === 1}
        onClick={() => place > 1 && onMove(place - 1)}
      >
        <ArrowUp />
      </button>
      <button
        type="button"
        class="icon-only"
        aria-label={tg('roster.down', { name: nameOf(line) })}
        aria-disabled={place >= last}
        onClick={() => place < last && onMove(place + 1)}
      >
        <ArrowDown />
      </button>
    </>
  )
}

interface ChangeHostProps {
  readonly desk: Desk
  readonly line: RosterLine
  readonly last: number
  readonly onClose: (isDone: boolean) => void
}

function ChangeHost({ desk, line, last, onClose }: ChangeHostProps) {
  const role = useSignal<Role>(line.role)
  const alias = useSignal(line.alias)
  const isAsked = useSignal(line.place > 0)
  const problem = useSignal<Problem | null>(null)
  const save = async () => {
    const { account_id } = line
    const asked = { account_id, role: role.value, alias: alias.value }
    problem.value = problemOf(await desk.ask('group/roster/change', asked, 'done'))
    if (problem.value === null && isAsked.value !== line.place > 0) {
      const place = isAsked.value ? last + 1 : 0
      problem.value = problemOf(await desk.ask('group/roster/move', { account_id, place }, 'done'))
    }
    if (problem.value === null) onClose(true)
  }
  return (
    <Dialog title={tg('change_name', { name: nameOf(line) })} onClose={() => onClose(false)}>
      <Form problem={problem.value} told="" submit={tg('save')} onSubmit={save}>
        <HostFields desk={desk} role={role} alias={alias} isAsked={isAsked} problem={problem.value} />
      </Form>
      <button type="button" class="wide" onClick={() => onClose(false)}>
        {tg('cancel')}
      </button>
    </Dialog>
  )
}

interface RemoveHostProps {
  readonly desk: Desk
  readonly line: RosterLine
  readonly onClose: () => void
}

function RemoveHost({ desk, line, onClose }: RemoveHostProps) {
  const isSelf = line.account_id === desk.account_id
  return (
    <Sure
      title={isSelf ? tg('roster.leave_sure') : tg('roster.remove_sure', { name: nameOf(line) })}
      words={
        isSelf ? tg('roster.leave_words') : tg(line.has_keys ? 'roster.remove_words' : 'roster.unlink_words')
      }
      yes={isSelf ? tg('roster.leave_yes') : tg('roster.remove_yes')}
      onYes={async () =>
        problemOf(await desk.ask('group/roster/remove', { account_id: line.account_id }, 'done'))
      }
      onClose={onClose}
    />
  )
}

function InviteHost({ desk }: { readonly desk: Desk }) {
  const role = useSignal<Role>('cohost')
  const alias = useSignal('')
  const isAsked = useSignal(true)
  const link = useSignal('')
  const problem = useSignal<Problem | null>(null)
  const make = async () => {
    const asked = { role: role.value, alias: alias.value, in_succession: isAsked.value }
    const made = await desk.ask('group/roster/invite', asked, 'host_invited')
    problem.value = problemOf(made)
    if (typeof made === 'string') return
    link.value = `${location.origin}/host#enrol=${made.secret}`
    alias.value = ''
  }
  return (
    <>
      <Form problem={problem.value} told="" submit={tg('roster.invite_yes')} onSubmit={make}>
        <p class="soft help">{tg('roster.invite_help')}</p>
        <HostFields desk={desk} role={role} alias={alias} isAsked={isAsked} problem={problem.value} />
      </Form>
      {link.value !== '' && (
        <SecretLink
          key={link.value}
          label={tg('roster.link')}
          link={link.value}
          help={tg('roster.link_help')}
        />
      )}
    </>
  )
}

interface HostFieldsProps {
  readonly desk: Desk
  readonly role: { value: Role }
  readonly alias: { value: string }
  readonly isAsked: { value: boolean }
  readonly problem: Problem | null
}

function HostFields({ desk, role, alias, isAsked, problem }: HostFieldsProps) {
  return (
    <>
      <Field
        label={tg('roster.alias')}
        help={tg('roster.alias_help')}
        max={ALIAS_MAX_CHARS}
        value={alias.value}
        onInput={(text) => {
          alias.value = text
        }}
        problem={problem}
        own={['bad_alias', 'alias_taken']}
      />
      <Select
        label={tg('roster.role')}
        choices={desk.group.gives}
        word={roleName}
        value={role.value}
        onChoose={(one) => {
          role.value = one
        }}
      />
      <p class="soft help">{tg(roleHelp(role.value))}</p>
      <Check
        label={tg('roster.asked')}
        isOn={isAsked.value}
        onSet={(isOn) => {
          isAsked.value = isOn
        }}
      />
    </>
  )
}

/** What the role may do here, in words. */
function roleHelp(role: Role) {
  if (role === 'secretary') return 'roster.is_secretary'
  if (role === 'host') return 'roster.is_host'
  return role === 'cohost' || role === 'safety' ? 'roster.looks' : 'roster.serves'
}
