import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { may } from '../../state/hearing'
import { isBlocked } from '../../state/people'
import { type TextKey, t } from '../../text'
import { Dialog } from '../../ui/dialog'
import { openHelp } from '../../ui/header'
import { REPORT_MAX_CHARS, type ReportReason, type Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import { keepApart } from './member_sheet'
import type { RoomSession } from './session'
import type { Begun } from './sheets'

const REASONS: Readonly<Record<ReportReason, TextKey>> = {
  threat: 'report.threat',
  harassment: 'report.harassment',
  unwanted: 'report.unwanted',
  disruption: 'report.disruption',
  other: 'report.something_else',
}

interface ReportSheetProps {
  readonly session: RoomSession
  readonly room: Room
  readonly about: Begun
}

/** Tells those who keep order about somebody; who told is shown to nobody. */
export function ReportSheet({ session, room, about }: ReportSheetProps) {
  const reason = useSignal<ReportReason | null>(about.reason ?? null)
  const words = useSignal(about.words ?? '')
  const stops = useSignal(false)
  const problem = useSignal<string | null>(null)
  const isSent = useSignal(false)
  const isSending = useRef(false)
  const { member_id } = about
  const name = room.members[member_id]?.name ?? about.name
  const close = () => {
    session.sheets.report.value = null
  }
  const send = async () => {
    if (isSending.current) return
    if (reason.value === null) {
      problem.value = t('report.no_reason')
      return
    }
    isSending.current = true
    // First what stops it at once; that it cannot be done must not keep the report back.
    const kept = stops.value ? await keepApart(session, { member_id, name }) : null
    const payload = { member_id, reason: reason.value, words: words.value.trim() }
    const refusal = await session.ask({ event: 'report_member', payload })
    isSending.current = false
    const why = refusal ?? kept
    problem.value = why === null ? null : refusalText(why.code, name, why.retry_ms)
    isSent.value = refusal === null
  }
  const mayBlock =
    !may(room.members[member_id]?.role ?? 'member', 'keep_order') &&
    !session.may('keep_order') &&
    !isBlocked(room, member_id)
  return (
    <Dialog title={t(isSent.value ? 'report.sent_title' : 'report.title', { name })} onClose={close}>
      <div role="status">{isSent.value && <p>{t('report.sent')}</p>}</div>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      {!isSent.value && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void send()
          }}
        >
          <p class="soft help">{t('report.help', { name })}</p>
          <fieldset>
            <legend>{t('report.reason')}</legend>
            {(Object.keys(REASONS) as ReportReason[]).map((one) => (
              <label key={one} class="check">
                <input
                  type="radio"
                  name="report-reason"
                  checked={reason.value === one}
                  onChange={() => {
                    reason.value = one
                  }}
                />
                <span>{t(REASONS[one])}</span>
              </label>
            ))}
          </fieldset>
          <label class="field">
            <span>{t('report.words')}</span>
            <textarea
              rows={2}
              dir="auto"
              maxLength={REPORT_MAX_CHARS}
              value={words.value}
              onInput={(event) => {
                words.value = event.currentTarget.value
              }}
            />
          </label>
          {mayBlock && (
            <>
              <label class="check">
                <input
                  type="checkbox"
                  checked={stops.value}
                  aria-describedby="report-stop-help"
                  onChange={(event) => {
                    stops.value = event.currentTarget.checked
                  }}
                />
                <span>{t('report.stop')}</span>
              </label>
              <p id="report-stop-help" class="soft help under-check">
                {t('block.help', { name })}
              </p>
            </>
          )}
          <div class="row">
            <button type="submit" class="main">
              {t('report.send')}
            </button>
            <button type="button" onClick={close}>
              {t('host.cancel')}
            </button>
          </div>
        </form>
      )}
      {isSent.value && (
        <div class="row">
          <button type="button" class="main" onClick={close}>
            {t('host.close')}
          </button>
          <button type="button" onClick={openHelp} aria-haspopup="dialog">
            {t('help.open')}
          </button>
        </div>
      )}
    </Dialog>
  )
}
