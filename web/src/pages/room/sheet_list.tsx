import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { withWords } from '../../language'
import { taken } from '../../state/sheet'
import { type Draft, draftOf, forgetDraft, freshDraft, recallDrafts } from '../../state/sheet_draft'
import { t, tCount } from '../../text'
import { Dialog } from '../../ui/dialog'
import { useLater } from '../../ui/later'
import { Question } from '../../ui/question'
import { type Answer, type Room, type SavedSheet, SHEETS_MAX } from '../../wire.gen'
import { refusalText } from '../refusal'
import type { RoomSession } from './session'
import { SheetEditor } from './sheet_editor'

interface SheetListProps {
  readonly session: RoomSession
  readonly room: Room
  readonly onClose: () => void
}

/** What the group keeps, or the one sheet of it that is being written or removed. */
export function SheetList({ session, room, onClose }: SheetListProps) {
  const kept = useSignal<readonly SavedSheet[] | null>(null)
  const problem = useSignal<string | null>(null)
  const told = useSignal<string | null>(null)
  const removed = useSignal<SavedSheet | null>(null)
  const editing = useSignal<Draft | null>(null)
  const removing = useSignal<SavedSheet | null>(null)
  const load = async () => {
    const answer = await session.request('list_sheets', {})
    problem.value = problemOf(answer)
    if (answer?.type === 'sheets') kept.value = answer.sheets
  }
  useEffect(() => void load(), [])
  if (editing.value !== null) {
    return (
      <SheetEditor
        key="edit"
        session={session}
        slug={room.slug}
        draft={editing.value}
        isKept={kept.value?.some((one) => one.sheet_id === editing.value?.sheet_id) ?? false}
        onClose={(isSaved) => {
          editing.value = null
          told.value = isSaved ? t('sheet.saved') : null
          if (isSaved) void load()
        }}
      />
    )
  }
  if (removing.value !== null) {
    return (
      <RemoveSheet
        key="remove"
        session={session}
        sheet={removing.value}
        onClose={(isDone) => {
          removed.value = isDone ? removing.value : null
          removing.value = null
          if (isDone) void load()
        }}
      />
    )
  }
  const putBack = async (sheet: SavedSheet) => {
    problem.value = problemOf(await session.request('save_sheet', sheet))
    if (problem.value !== null) return
    removed.value = null
    void load()
  }
  return (
    <Dialog key="list" title={t('sheet.list_title')} onClose={onClose}>
      <div role="status">
        {told.value !== null && <p class="note calm">{told.value}</p>}
        {removed.value !== null && (
          <RemovedNote sheet={removed.value} onUndo={(sheet) => void putBack(sheet)} />
        )}
      </div>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      <Kept
        session={session}
        room={room}
        kept={kept.value}
        onUsed={onClose}
        onProblem={(words) => {
          problem.value = words
        }}
        onEdit={(draft) => {
          editing.value = draft
        }}
        onRemove={(sheet) => {
          removing.value = sheet
        }}
      />
      <div class="row">
        <button type="button" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

function RemovedNote({
  sheet,
  onUndo,
}: {
  readonly sheet: SavedSheet
  readonly onUndo: (sheet: SavedSheet) => void
}) {
  return (
    <div class="note calm">
      <p>{t('sheet.removed', { title: sheet.title })}</p>
      <button type="button" onClick={() => onUndo(sheet)}>
        {t('notice.undo')}
      </button>
    </div>
  )
}

interface KeptProps {
  readonly session: RoomSession
  readonly room: Room
  readonly kept: readonly SavedSheet[] | null
  readonly onUsed: () => void
  readonly onProblem: (words: string) => void
  readonly onEdit: (draft: Draft) => void
  readonly onRemove: (sheet: SavedSheet) => void
}

function Kept({ session, room, kept, onUsed, onProblem, onEdit, onRemove }: KeptProps) {
  if (kept === null) return <p class="soft">{t('sheet.loading')}</p>
  const drafts = recallDrafts(room.slug)
  const fresh = [...drafts.values()].filter((draft) => !kept.some((one) => one.sheet_id === draft.sheet_id))
  const isFull = kept.length >= SHEETS_MAX
  const use = async (saved: SavedSheet) => {
    const before = session.room.value?.sheet ?? null
    const refusal = await session.ask({ event: 'set_sheet', payload: { sheet: taken(before, saved) } })
    if (refusal !== null) {
      onProblem(refusalText(refusal.code, ''))
      return
    }
    onUsed()
    session.undo.offer('undo.sheet_used', saved.title, () => [
      { event: 'set_sheet', payload: { sheet: before } },
    ])
  }
  return (
    <>
      {kept.length + fresh.length === 0 && <p>{t('sheet.none')}</p>}
      <ul class="ledger">
        {kept.map((saved) => (
          <KeptRow
            key={saved.sheet_id}
            saved={saved}
            isUsed={room.sheet?.title === saved.title}
            isUnsaved={drafts.has(saved.sheet_id)}
            onUse={() => void use(saved)}
            onEdit={() => onEdit(drafts.get(saved.sheet_id) ?? draftOf(saved))}
            onRemove={() => onRemove(saved)}
          />
        ))}
        {fresh.map((draft) => (
          <FreshRow key={draft.sheet_id} slug={room.slug} draft={draft} onEdit={() => onEdit(draft)} />
        ))}
      </ul>
      {isFull ? (
        <p class="soft">{t('sheet.full', { count: SHEETS_MAX })}</p>
      ) : (
        <>
          <Templates onEdit={onEdit} />
          <button type="button" class="wide" onClick={() => onEdit(freshDraft())}>
            {t('sheet.write')}
          </button>
        </>
      )}
    </>
  )
}

const loadTemplates = () => withWords('templates', import('./templates'))

/** What to begin from: opened as a draft, so that the group's own words go in before it is kept. */
function Templates({ onEdit }: { readonly onEdit: (draft: Draft) => void }) {
  const part = useLater(loadTemplates)
  if (part === null) return null
  return (
    <section class="templates" aria-labelledby="templates-title">
      <h3 id="templates-title">{t('sheet.begin_from')}</h3>
      {part.TEMPLATES.map((one) => (
        <div key={one} class="act">
          <button
            type="button"
            aria-describedby={`template-${one}`}
            onClick={() => onEdit(part.draftFrom(one))}
          >
            {t(`tpl.${one}`)}
          </button>
          <p id={`template-${one}`} class="soft help">
            {t(`tpl.${one}_help`)}
          </p>
        </div>
      ))}
    </section>
  )
}

interface KeptRowProps {
  readonly saved: SavedSheet
  readonly isUsed: boolean
  readonly isUnsaved: boolean
  readonly onUse: () => void
  readonly onEdit: () => void
  readonly onRemove: () => void
}

function KeptRow({ saved, isUsed, isUnsaved, onUse, onEdit, onRemove }: KeptRowProps) {
  const { title } = saved
  return (
    <li>
      <span class="who">
        <span class="strong">{title}</span>{' '}
        <span class="soft">{tCount('sheet.steps', saved.cues.length)}</span>{' '}
        {isUsed && <span class="mark">{t('sheet.in_use')}</span>}{' '}
        {isUnsaved && <span class="mark">{t('sheet.unsaved')}</span>}
      </span>
      <span class="tools">
        <button type="button" class="main" aria-label={t('sheet.use_name', { title })} onClick={onUse}>
          {t('sheet.use')}
        </button>
        <button type="button" aria-label={t('sheet.edit_name', { title })} onClick={onEdit}>
          {t('sheet.edit')}
        </button>
        <button
          type="button"
          class="danger"
          aria-haspopup="dialog"
          aria-label={t('sheet.remove_name', { title })}
          onClick={onRemove}
        >
          {t('sheet.remove')}
        </button>
      </span>
    </li>
  )
}

/** Begun in this tab, and never saved. */
function FreshRow({
  slug,
  draft,
  onEdit,
}: {
  readonly slug: string
  readonly draft: Draft
  readonly onEdit: () => void
}) {
  const isGone = useSignal(false)
  if (isGone.value) return null
  const title = draft.title.trim() === '' ? t('sheet.unnamed') : draft.title
  return (
    <li>
      <span class="who">
        <span class="strong">{title}</span> <span class="mark">{t('sheet.unsaved')}</span>
      </span>
      <span class="tools">
        <button type="button" aria-label={t('sheet.edit_name', { title })} onClick={onEdit}>
          {t('sheet.edit')}
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            forgetDraft(slug, draft.sheet_id)
            isGone.value = true
          }}
        >
          {t('sheet.discard')}
        </button>
      </span>
    </li>
  )
}

interface RemoveProps {
  readonly session: RoomSession
  readonly sheet: SavedSheet
  readonly onClose: (isDone: boolean) => void
}

function RemoveSheet({ session, sheet, onClose }: RemoveProps) {
  const remove = async () => problemOf(await session.request('remove_sheet', { sheet_id: sheet.sheet_id }))
  return (
    <Question
      title={t('sheet.remove_title', { title: sheet.title })}
      yes={t('sheet.remove_yes')}
      no={t('host.cancel')}
      onYes={remove}
      onClose={onClose}
    >
      <p>{t('sheet.remove_words')}</p>
    </Question>
  )
}

/** Why a request about run-sheets was not carried out, in words, or null. */
function problemOf(answer: Answer | null): string | null {
  if (answer === null) return t('sheet.busy')
  if (answer.type !== 'refused') return null
  if (answer.code === 'busy') return t('sheet.busy')
  return refusalText(answer.code, '')
}
