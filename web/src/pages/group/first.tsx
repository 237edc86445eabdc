import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { withWords } from '../../language'
import { followLink } from '../../route'
import { savedOf } from '../../state/sheet_draft'
import { t } from '../../text'
import { useLater } from '../../ui/later'
import { zone } from '../../zone'
import { type Desk, type Problem, problemOf } from './api'
import { Field, Form, ProblemNote, SecretLink, Section, Select } from './parts'
import { slugOf } from './rooms'
import { DAYS, dateText, type GroupTextKey, tg, tgCount, weekdayName } from './words'

/** What a first meeting needs, in the order in which it is easiest. */
export type FirstStep = 'room' | 'time' | 'sheet' | 'help'

export const FIRST_STEPS: readonly FirstStep[] = ['room', 'time', 'sheet', 'help']

const WORDS = {
  room: 'first.room',
  time: 'first.time',
  sheet: 'first.sheet',
  help: 'first.help',
} as const satisfies Readonly<Record<FirstStep, GroupTextKey>>

const HELPERS = 2
/** As a new meeting mostly is; all of it can be changed below. */
const USUAL = { minutes: 60, doors: 15, fellowship: 30 } as const

/** Return what a group still lacks for a weekly meeting that does not hang on one person. */
export function lacking({ rooms, series, sheets, roster }: Desk['group']): readonly FirstStep[] {
  const has: Readonly<Record<FirstStep, boolean>> = {
    room: rooms.length > 0,
    time: series.some((one) => one.kind === 'meeting'),
    sheet: sheets.length > 0,
    help: roster.length > HELPERS,
  }
  return FIRST_STEPS.filter((step) => !has[step])
}

/** From an empty group to a weekly meeting, one thing after the other; it goes once nothing lacks. */
export function First({ desk }: { readonly desk: Desk }) {
  const steps = lacking(desk.group)
  const wasLacking = useSignal(steps.length > 0)
  useFocusOnward(steps[0])
  const next_ms = Math.min(...desk.group.series.flatMap((one) => one.coming.map((held) => held.starts_ms)))
  if (!wasLacking.value) return null
  return (
    <Section title={tg('first')}>
      <ol class="first">
        {FIRST_STEPS.map((step) => (
          <Step key={step} step={step} isDone={!steps.includes(step)} isNext={steps[0] === step}>
            <Doing desk={desk} step={step} />
          </Step>
        ))}
      </ol>
      <div role="status">
        {steps.length === 0 && <p class="note calm">{tg('first.ready', { when: dateText(next_ms) })}</p>}
      </div>
      {steps.length === 0 && (
        <a href="/host" class="button main wide" onClick={followLink}>
          {tg('back')}
        </a>
      )}
    </Section>
  )
}

/** The button of a step goes with the step: the focus goes on to the next, or to what says that all is ready. */
function useFocusOnward(next: FirstStep | undefined): void {
  const before = useRef(next)
  useEffect(() => {
    if (before.current === next) return
    before.current = next
    if (document.activeElement === document.body)
      document.querySelector<HTMLElement>('.first details[open] > summary')?.focus()
  }, [next])
}

interface StepProps {
  readonly step: FirstStep
  readonly isDone: boolean
  readonly isNext: boolean
  readonly children: ComponentChildren
}

/**
 * What comes next is open. Who helps may be asked for at any time, also once it is done; what was open stays
 * so, for the last link is in it when it is.
 */
function Step({ step, isDone, isNext, children }: StepProps) {
  const wasNext = useRef(false)
  wasNext.current ||= isNext
  if (isDone && step !== 'help') {
    return (
      <li data-done="true">
        <span>{tg(WORDS[step])}</span> <span class="mark">{tg('first.done')}</span>
      </li>
    )
  }
  return (
    <li>
      <details open={isNext || (isDone && wasNext.current)}>
        <summary>
          {tg(WORDS[step])} {isDone && <span class="mark">{tg('first.done')}</span>}
        </summary>
        {children}
      </details>
    </li>
  )
}

function Doing({ desk, step }: { readonly desk: Desk; readonly step: FirstStep }) {
  switch (step) {
    case 'room':
      return <FirstRoom desk={desk} />
    case 'time':
      return <FirstTime desk={desk} />
    case 'sheet':
      return <FirstSheet desk={desk} />
    case 'help':
      return <Helper desk={desk} />
  }
}

/** A group of one room mostly calls it as itself. */
function FirstRoom({ desk }: { readonly desk: Desk }) {
  const title = useSignal(desk.group.title)
  const problem = useSignal<Problem | null>(null)
  const add = async () => {
    const asked = { room: slugOf(title.value), title: title.value, about: '' }
    problem.value = problemOf(await desk.ask('group/rooms/add', asked, 'done'))
  }
  return (
    <Form problem={problem.value} told="" submit={tg('rooms.add_yes')} onSubmit={add}>
      <Field
        label={tg('rooms.title')}
        value={title.value}
        onInput={(text) => {
          title.value = text
        }}
        problem={problem.value}
        own={['bad_title', 'bad_slug', 'slug_taken']}
      />
    </Form>
  )
}

function FirstTime({ desk }: { readonly desk: Desk }) {
  const day = useSignal<string>(DAYS[0])
  const at = useSignal('19:00')
  const problem = useSignal<Problem | null>(null)
  const room = desk.group.rooms[0]
  if (room === undefined) return <p class="soft">{tg('first.room_first')}</p>
  const add = async () => {
    const asked = {
      room: room.slug,
      days: [day.value],
      at: at.value,
      zone: zone.value,
      account_id: '',
      ...USUAL,
    }
    problem.value = problemOf(await desk.ask('group/series/add', asked, 'done'))
  }
  return (
    <Form problem={problem.value} told="" submit={tg('first.plan')} onSubmit={add}>
      <div class="pair">
        <Select
          label={tg('first.day')}
          choices={DAYS}
          word={weekdayName}
          value={day.value}
          onChoose={(one) => {
            day.value = one
          }}
        />
        <Field
          label={tg('series.at')}
          type="time"
          value={at.value}
          onInput={(text) => {
            at.value = text
          }}
          problem={problem.value}
          own={['bad_time']}
        />
      </div>
      <p class="soft help">{tg('first.time_help', { name: room.title, zone: zone.value, ...USUAL })}</p>
    </Form>
  )
}

const loadTemplates = () => withWords('templates', import('../room/templates'))

/** One press keeps a sheet that can be used as it is, and mended in the room. */
function FirstSheet({ desk }: { readonly desk: Desk }) {
  const part = useLater(loadTemplates)
  const problem = useSignal<Problem | null>(null)
  if (part === null) return null
  const keep = async (template: (typeof part.TEMPLATES)[number]) => {
    const sheet = savedOf(part.draftFrom(template))
    problem.value = problemOf(await desk.ask('group/sheets/keep', sheet, 'done'))
  }
  return (
    <div class="choices-of">
      <p class="soft help">{tg('first.sheet_help')}</p>
      {part.TEMPLATES.map((one) => (
        <div key={one}>
          <button type="button" class="wide" aria-describedby={`first-${one}`} onClick={() => void keep(one)}>
            {t(`tpl.${one}`)}
          </button>
          <p id={`first-${one}`} class="soft help">
            {t(`tpl.${one}_help`)}
          </p>
        </div>
      ))}
      <ProblemNote problem={problem.value} />
    </div>
  )
}

/** Links for those who can lead as well: one name, one press each. Those made stay, as nothing shows them again. */
function Helper({ desk }: { readonly desk: Desk }) {
  const alias = useSignal('')
  const links = useSignal<readonly { readonly name: string; readonly link: string }[]>([])
  const problem = useSignal<Problem | null>(null)
  const count = desk.group.roster.length - 1
  const make = async () => {
    const name = alias.value.trim()
    const asked = { role: 'cohost', alias: name, in_succession: true } as const
    const made = await desk.ask('group/roster/invite', asked, 'host_invited')
    problem.value = problemOf(made)
    if (typeof made === 'string') return
    links.value = [{ name, link: `${location.origin}/host#enrol=${made.secret}` }, ...links.value]
    alias.value = ''
  }
  return (
    <>
      <Form
        problem={problem.value}
        told={count > 0 ? tgCount('first.helpers', count) : ''}
        submit={tg('roster.invite_yes')}
        onSubmit={make}
      >
        <p class="soft help">{tg('first.help_help')}</p>
        <Field
          label={tg('first.alias')}
          value={alias.value}
          onInput={(text) => {
            alias.value = text
          }}
          problem={problem.value}
          own={['bad_alias', 'alias_taken']}
        />
      </Form>
      {links.value.map(({ name, link }) => (
        <SecretLink
          key={link}
          label={name === '' ? tg('roster.link') : tg('first.link', { name })}
          link={link}
          help={tg('roster.link_help')}
        />
      ))}
    </>
  )
}
