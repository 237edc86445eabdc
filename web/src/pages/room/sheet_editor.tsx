import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import {
  type Draft,
  type DraftCue,
  type Flaw,
  flawOf,
  forgetDraft,
  keepDraft,
  savedOf,
  withCue,
  withCueBack,
  withMoved,
  withNewCue,
  withoutCue,
} from '../../state/sheet_draft'
import { t } from '../../text'
import { Dialog } from '../../ui/dialog'
import { type Answer, CUES_MAX, SHEETS_MAX, TITLE_MAX_CHARS } from '../../wire.gen'
import { refusalText } from '../refusal'
import { CueFields } from './cue_fields'
import type { RoomSession } from './session'

interface SheetEditorProps {
  readonly session: RoomSession
  readonly slug: string
  readonly draft: Draft
  /** Whether the group keeps an older version. */
  readonly isKept: boolean
  readonly onClose: (isSaved: boolean) => void
}

/** A run-sheet being written. Each change is kept in this tab at once, so that nothing typed is lost. */
export function SheetEditor({ session, slug, draft: first, isKept, onClose }: SheetEditorProps) {
  const draft = useSignal(first)
  const flaw = useSignal<Flaw | null>(null)
  const problem = useSignal<string | null>(null)
  const isSaving = useSignal(false)
  const change = (changed: Draft) => {
    draft.value = changed
    flaw.value = null
    keepDraft(slug, changed)
  }
  const save = async () => {
    flaw.value = flawOf(draft.value)
    problem.value = null
    if (flaw.value?.text === 'sheet.no_title') document.getElementById('sheet-name')?.focus()
    if (flaw.value !== null || isSaving.value) return
    isSaving.value = true
    problem.value = problemOf(await session.request('save_sheet', savedOf(draft.value)))
    isSaving.value = false
    if (problem.value !== null) return
    forgetDraft(slug, draft.value.sheet_id)
    onClose(true)
  }
  const discard = () => {
    forgetDraft(slug, draft.value.sheet_id)
    onClose(false)
  }
  const words = problem.value ?? (flaw.value?.where === 'sheet' ? t(flaw.value.text) : null)
  return (
    <Dialog title={t(isKept ? 'sheet.edit_title' : 'sheet.write_title')} onClose={() => onClose(false)}>
      <form
        class="sheet-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <label class="field">
          <span>{t('sheet.name')}</span>
          <input
            id="sheet-name"
            type="text"
            dir="auto"
            autocomplete="off"
            maxLength={TITLE_MAX_CHARS}
            aria-invalid={flaw.value?.text === 'sheet.no_title'}
            value={draft.value.title}
            onInput={(event) => change({ ...draft.value, title: event.currentTarget.value })}
          />
        </label>
        <p class="soft help">{t('sheet.kept_here')}</p>
        <Steps draft={draft.value} flaw={flaw.value} onChange={change} />
        <div role="alert">{words !== null && <p class="note warm">{words}</p>}</div>
        <button type="submit" class="main wide" aria-disabled={isSaving.value}>
          {t('sheet.save')}
        </button>
      </form>
      <div class="row">
        <button type="button" onClick={() => onClose(false)}>
          {t('sheet.back')}
        </button>
        <button type="button" class="danger" onClick={discard}>
          {t('sheet.discard')}
        </button>
      </div>
    </Dialog>
  )
}

interface StepsProps {
  readonly draft: Draft
  readonly flaw: Flaw | null
  readonly onChange: (draft: Draft) => void
}

/** A step that was taken out, and where it stood. */
interface Dropped {
  readonly cue: DraftCue
  readonly at: number
}

function Steps({ draft, flaw, onChange }: StepsProps) {
  const open = useSignal<number | null>(draft.cues.length === 1 ? (draft.cues[0]?.key ?? null) : null)
  const dropped = useSignal<Dropped | null>(null)
  const told = useSignal('')
  const wanted = useRef<string | null>(null)
  const flawed = typeof flaw?.where === 'number' ? flaw.where : null
  // Where something is amiss is opened, and gets the focus.
  useLayoutEffect(() => {
    if (flawed === null) return
    open.value = flawed
    wanted.current = `cue-${flawed}-title`
  }, [flaw])
  // A row that moves in the page loses the focus, one that goes takes it along, and one that opens comes later.
  useLayoutEffect(() => {
    const field = wanted.current === null ? null : document.getElementById(wanted.current)
    if (field === null) return
    field.focus()
    wanted.current = null
  })
  const move = (key: number, by: -1 | 1) => {
    const moved = withMoved(draft, key, by)
    if (moved === draft) return
    wanted.current = `cue-${key}-${by < 0 ? 'up' : 'down'}`
    const place = moved.cues.findIndex((cue) => cue.key === key) + 1
    told.value = t('sheet.moved', { place, count: moved.cues.length })
    onChange(moved)
  }
  const drop = (cue: DraftCue, at: number) => {
    dropped.value = { cue, at }
    wanted.current = 'cue-undo'
    told.value = ''
    onChange(withoutCue(draft, cue.key))
  }
  const putBack = ({ cue, at }: Dropped) => {
    dropped.value = null
    wanted.current = `cue-${cue.key}-open`
    told.value = t('sheet.step_back')
    onChange(withCueBack(draft, cue, at))
  }
  const add = () => {
    const [longer, key] = withNewCue(draft)
    open.value = key
    wanted.current = `cue-${key}-title`
    onChange(longer)
  }
  return (
    <>
      <ol class="draft-steps">
        {draft.cues.map((cue, at) => (
          <CueFields
            key={cue.key}
            cue={cue}
            place={at + 1}
            count={draft.cues.length}
            isOpen={open.value === cue.key}
            problem={flawed === cue.key && flaw !== null ? t(flaw.text) : null}
            onToggle={() => {
              open.value = open.value === cue.key ? null : cue.key
            }}
            onChange={(changed) => onChange(withCue(draft, cue.key, changed))}
            onMove={(by) => move(cue.key, by)}
            onDrop={() => drop(cue, at)}
          />
        ))}
      </ol>
      <div role="status">
        {dropped.value !== null && (
          <div class="note calm">
            <p>{t('sheet.dropped', { title: titleOf(dropped.value.cue, dropped.value.at + 1) })}</p>
            <button
              type="button"
              id="cue-undo"
              onClick={() => dropped.value !== null && putBack(dropped.value)}
            >
              {t('notice.undo')}
            </button>
          </div>
        )}
        {told.value !== '' && <p class="soft help">{told.value}</p>}
      </div>
      {draft.cues.length < CUES_MAX && (
        <button type="button" class="wide" onClick={add}>
          {t('sheet.add')}
        </button>
      )}
    </>
  )
}

function titleOf(cue: DraftCue, place: number): string {
  return cue.title.trim() === '' ? t('sheet.step_untitled', { place }) : cue.title
}

/** Why it was not saved, in words, or null. */
function problemOf(answer: Answer | null): string | null {
  if (answer === null) return t('sheet.busy')
  if (answer.type !== 'refused') return null
  switch (answer.code) {
    case 'busy':
      return t('sheet.busy')
    case 'text_too_long':
      return t('sheet.too_large')
    case 'out_of_bounds':
      return t('sheet.full', { count: SHEETS_MAX })
    default:
      return refusalText(answer.code, '')
  }
}
