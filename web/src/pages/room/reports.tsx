import { useEffect, useRef } from 'preact/hooks'
import { announcer } from '../../a11y/announcer'
import { knownName } from '../../state/door'
import { t, timeOfDay } from '../../text'
import { useSteady } from '../../ui/steady'
import type { Report, Room } from '../../wire.gen'
import type { RoomSession } from './session'

interface ReportsProps {
  readonly session: RoomSession
  readonly room: Room
}

/** What members told about others. Who told is said to nobody. */
export function Reports({ session, room }: ReportsProps) {
  const { rows, holding } = useSteady(room.reports, (report) => report.report_id)
  useReportWords(room)
  if (rows.length === 0) return null
  return (
    <section class="reports card" aria-labelledby="reports-title">
      <h2 id="reports-title" tabIndex={-1}>
        {t('reports.title', { count: room.reports.length })}
      </h2>
      <ul {...holding}>
        {rows.map(({ item, isGone }) => (
          <ReportRow key={item.report_id} session={session} room={room} report={item} isGone={isGone} />
        ))}
      </ul>
    </section>
  )
}

interface ReportRowProps extends ReportsProps {
  readonly report: Report
  readonly isGone: boolean
}

function ReportRow({ session, room, report, isGone }: ReportRowProps) {
  const { member_id, report_id, reason, words, at_ms } = report
  const place = useRef<HTMLLIElement>(null)
  const name = knownName(room, member_id) ?? t('reports.gone')
  if (isGone) {
    return (
      <li ref={place} class="gone soft">
        {t('reports.settled')}
      </li>
    )
  }
  return (
    <li ref={place}>
      <p class="strong">{t(`reports.of_${reason}`)}</p>
      <p class="soft">{t('reports.line', { name, time: timeOfDay(at_ms) })}</p>
      {words !== '' && (
        <p class="words" dir="auto">
          {words}
        </p>
      )}
      <div class="row">
        <button
          type="button"
          class="main"
          id={`report-${report_id}`}
          aria-haspopup="dialog"
          aria-label={t('reports.look_name', { name })}
          onClick={() => {
            session.chosen.value = { member_id, name }
          }}
        >
          {t('reports.look')}
        </button>
        <button
          type="button"
          aria-label={t('reports.done_name', { name })}
          onClick={() => {
            document.getElementById('reports-title')?.focus({ preventScroll: true })
            void session.act({ event: 'settle_report', payload: { report_id } }, name)
          }}
        >
          {t('reports.done')}
        </button>
      </div>
    </li>
  )
}

/** A report is said once, aloud: it may be that somebody needs help now. */
function useReportWords(room: Room): void {
  const known = useRef<ReadonlySet<string>>(new Set())
  useEffect(() => {
    for (const report of room.reports) {
      if (known.current.has(report.report_id)) continue
      const name = knownName(room, report.member_id) ?? t('reports.gone')
      const text = t('reports.came', { name, reason: t(`reports.of_${report.reason}`) })
      announcer.announce({ text, urgency: report.reason === 'threat' ? 'assertive' : 'polite' })
    }
    known.current = new Set(room.reports.map((report) => report.report_id))
  }, [room.reports])
}
