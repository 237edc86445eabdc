import { useSignal } from '@preact/signals'
import type { ActLine, ActsShown, AuditLine, AuditShown } from '../../group.gen'
import { type Desk, type Problem, problemOf } from './api'
import { ProblemNote, Section, Select } from './parts'
import { momentText, roleName, tg, tgCount, tgOf } from './words'

const MINUTE_MS = 60_000
/** What stands for the acts of hosts, which no room is called. */
const ACTS = ''

type Shown = { readonly of: string; readonly told: AuditShown | ActsShown }

/** What was done to keep order, in numbers, and what hosts have changed here. */
export function Audit({ desk }: { readonly desk: Desk }) {
  const { rooms } = desk.group
  const chosen = useSignal(rooms[0]?.slug ?? ACTS)
  const shown = useSignal<Shown | null>(null)
  const problem = useSignal<Problem | null>(null)
  const load = async () => {
    const room = chosen.value
    const told =
      room === ACTS
        ? await desk.ask('group/acts', {}, 'acts_shown')
        : await desk.ask('group/audit', { room }, 'audit_shown')
    problem.value = problemOf(told)
    if (typeof told !== 'string') shown.value = { of: room, told }
  }
  const word = (slug: string) => rooms.find((one) => one.slug === slug)?.title ?? tg('audit.acts')
  return (
    <Section title={tg('audit')}>
      <p class="soft help">{tg('audit.help')}</p>
      <Select
        label={tg('audit.of')}
        choices={[...rooms.map((one) => one.slug), ACTS]}
        word={word}
        value={chosen.value}
        onChoose={(one) => {
          chosen.value = one
        }}
      />
      <button type="button" class="wide" onClick={() => void load()}>
        {tg('audit.show')}
      </button>
      <ProblemNote problem={problem.value} />
      <div role="status">
        {shown.value !== null && <Whole shown={shown.value} name={word(shown.value.of)} />}
      </div>
      {shown.value !== null && (
        <ol class="audit">
          {shown.value.told.rows.map((row) => (
            <li key={row.number}>
              <span class="soft help">{momentText(row.at_min * MINUTE_MS)}</span>{' '}
              {'actor' in row ? auditText(row) : actText(desk, row)}
            </li>
          ))}
        </ol>
      )}
    </Section>
  )
}

/** Whether what is shown is what was written. */
function Whole({ shown, name }: { readonly shown: Shown; readonly name: string }) {
  const { broken, count, rows } = shown.told
  if (broken > 0) return <p class="note warm">{tg('audit.broken', { name, number: broken })}</p>
  return (
    <p class="note calm">
      {count === 0 ? tg('audit.empty', { name }) : tgCount('audit.whole', count, { name })}{' '}
      {rows.length < count && tg('audit.newest', { shown: rows.length })}
    </p>
  )
}

const ROLE_GIVEN = /^role_given_(\w+)$/

export function auditText(row: AuditLine): string {
  const actor = row.actor === 0 ? tg('audit.server') : tg('audit.by', { number: row.actor })
  const target = row.target === 0 ? tg('audit.somebody') : tg('audit.to', { number: row.target })
  const role = ROLE_GIVEN.exec(row.action)?.[1]
  const values = { actor, target, role: role === undefined ? '' : roleName(role as 'host') }
  return tgOf('did', role === undefined ? row.action : 'role_given', 'did.other', values)
}

function actText(desk: Desk, row: ActLine): string {
  const by = row.account_id === desk.account_id ? tg('audit.you') : row.account_id
  return tgOf('act', row.action, 'act.other', { by, target: row.target })
}
