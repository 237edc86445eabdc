import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { announcer } from '../../a11y/announcer'
import { nextAction } from '../../state/next_action'
import {
  effectWords,
  FOLDED,
  nearSteps,
  nextWords,
  nowWords,
  readers,
  type Step,
  stepOf,
} from '../../state/sheet'
import { type TextKey, t } from '../../text'
import { useOnce, useSettled } from '../../ui/once'
import type { Cue, Room, Sheet } from '../../wire.gen'
import type { RoomSession } from './session'
import { SheetsButton } from './sheet_tools'

interface SheetPanelProps {
  readonly session: RoomSession
  readonly room: Room
  readonly sheet: Sheet
}

/** The run-sheet: one button leads on and says what it will do. Any host finds it where another left it. */
export function SheetPanel({ session, room, sheet }: SheetPanelProps) {
  useStepSaid(sheet)
  const putAway = async () => {
    const refusal = await session.ask({ event: 'set_sheet', payload: { sheet: null } })
    if (refusal !== null) {
      session.board.tellRefusal(refusal)
      return
    }
    document.getElementById('main')?.focus({ preventScroll: true })
    session.undo.offer('undo.sheet_away', '', () => [{ event: 'set_sheet', payload: { sheet } }])
  }
  return (
    <section class="run-sheet card" aria-labelledby="run-sheet-title">
      <h2 id="run-sheet-title">{t('sheet.heading', { title: sheet.title })}</h2>
      <p>
        {nowWords(sheet)}{' '}
        {sheet.at in sheet.cues && (
          <span class="soft">{t('sheet.progress', { at: sheet.at + 1, count: sheet.cues.length })}</span>
        )}
      </p>
      <Next session={session} room={room} sheet={sheet} />
      <Steps session={session} room={room} sheet={sheet} />
      <div class="row">
        {room.reading !== null && (
          <button
            type="button"
            onClick={() => void session.act({ event: 'show_reading', payload: { title: '', text: '' } })}
          >
            {t('sheet.text_away')}
          </button>
        )}
        <SheetsButton session={session} room={room} words={t('sheet.change')} />
        <button type="button" onClick={() => void putAway()}>
          {t('sheet.away')}
        </button>
      </div>
    </section>
  )
}

/** Hosts hear where the sheet stands when it moves, whoever moved it. */
function useStepSaid(sheet: Sheet): void {
  const before = useRef(sheet.at)
  useEffect(() => {
    if (before.current === sheet.at) return
    before.current = sheet.at
    const text = t('sheet.said', { now: nowWords(sheet), next: nextWords(sheet) })
    announcer.announce({ text: text.trim(), urgency: 'polite', kind: 'sheet' })
  }, [sheet.at])
}

/**
 * By number, not "whatever is next", and not at the moment when another host has gone on: pressed by two at
 * once, it is one step.
 */
function Next({ session, room, sheet }: SheetPanelProps) {
  const once = useOnce()
  const at = sheet.at + 1
  const settled = useSettled(at)
  const self = session.self.value
  // Where it is the next right act it is the big button above; here it is while something else comes first.
  const first = self === null ? null : nextAction(room, self, session.turn.now_ms.value)
  if (at > sheet.cues.length || first?.act === 'cue') return null
  const go = () => void session.act({ event: 'show_cue', payload: { at } })
  return (
    <div class="act">
      <button type="button" aria-describedby="next-step-does" onClick={() => settled(() => once(go))}>
        {nextWords(sheet)}
      </button>
      <p id="next-step-does" class="does">
        {effectWords(room, at)}
      </p>
    </div>
  )
}

function Steps({ session, room, sheet }: SheetPanelProps) {
  const isUnfolded = useSignal(false)
  const all = sheet.cues.map((_, at) => at)
  const shown = isUnfolded.value ? all : nearSteps(sheet)
  return (
    <>
      <ol class="steps">
        {shown.map((at) => {
          const cue = sheet.cues[at]
          return cue && <StepRow key={at} session={session} room={room} sheet={sheet} cue={cue} at={at} />
        })}
      </ol>
      {all.length > FOLDED && (
        <button
          type="button"
          aria-expanded={isUnfolded.value}
          onClick={() => {
            isUnfolded.value = !isUnfolded.value
          }}
        >
          {isUnfolded.value ? t('sheet.show_near') : t('sheet.show_all', { count: all.length })}
        </button>
      )}
    </>
  )
}

const MARKS: Readonly<Record<Step, TextKey | null>> = {
  done: 'sheet.step_done',
  now: 'sheet.step_now',
  next: 'sheet.step_next',
  later: null,
}

interface StepRowProps extends SheetPanelProps {
  readonly cue: Cue
  readonly at: number
}

function StepRow({ session, room, sheet, cue, at }: StepRowProps) {
  const step = stepOf(sheet, at)
  const mark = MARKS[step]
  const isBack = step === 'done'
  const { title } = cue
  return (
    <li data-step={step} aria-current={step === 'now' ? 'step' : undefined}>
      <span class="place">{at + 1}</span>
      <span class="who">
        <span class="name">{title}</span> {mark !== null && <span class="mark">{t(mark)}</span>}
      </span>
      {(isBack || step === 'later') && (
        <button
          type="button"
          class="quiet go"
          aria-label={t(isBack ? 'sheet.go_back_name' : 'sheet.go_name', { title })}
          onClick={() => void session.act({ event: 'show_cue', payload: { at } })}
        >
          {t(isBack ? 'sheet.go_back' : 'sheet.go')}
        </button>
      )}
      {step !== 'done' && <ReaderField session={session} room={room} sheet={sheet} cue={cue} at={at} />}
    </li>
  )
}

/** Who has the floor at a step. At the one that is on, it counts when it is reached again. */
function ReaderField({ session, room, cue, at }: StepRowProps) {
  const chosen = cue.member_id
  const people = readers(room, chosen)
  const choose = async (field: HTMLSelectElement) => {
    const member_id = Number(field.value)
    const refusal = await session.ask({ event: 'assign_cue', payload: { at, member_id } })
    if (refusal === null) return
    field.value = String(chosen)
    session.board.tellRefusal(refusal, room.members[member_id]?.name)
  }
  return (
    <label class="field reader">
      <span aria-hidden="true">{t('sheet.reader')}</span>
      <select
        aria-label={t('sheet.reader_name', { title: cue.title })}
        value={chosen}
        onChange={(event) => void choose(event.currentTarget)}
      >
        <option value={0}>{t('sheet.nobody')}</option>
        {chosen !== 0 && !people.some((one) => one.member_id === chosen) && (
          <option value={chosen}>{t('sheet.gone')}</option>
        )}
        {people.map((one) => (
          <option key={one.member_id} value={one.member_id}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  )
}
