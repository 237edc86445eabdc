import { useSignal } from '@preact/signals'
import type { HeldOn, SeriesLine } from '../../group.gen'
import { type Desk, type Problem, problemOf } from './api'
import { ProblemNote, Section, Select, Sure } from './parts'
import { AddSeries } from './series_form'
import { clockText, dateText, listText, tg, tgCount, weekdayName, zoneText } from './words'

/** When the rooms have meetings, and who is on duty. */
export function Series({ desk }: { readonly desk: Desk }) {
  const ending = useSignal<SeriesLine | null>(null)
  const problem = useSignal<Problem | null>(null)
  const told = useSignal('')
  const tell = (found: Problem | null, words: string) => {
    problem.value = found
    told.value = found === null ? words : ''
  }
  const skip = async (line: SeriesLine, held: HeldOn, on: boolean) => {
    const asked = { series_id: line.series_id, date: held.date, on }
    const found = problemOf(await desk.ask('group/series/skip', asked, 'done'))
    const when = dateText(held.starts_ms)
    tell(found, tg(on ? 'series.is_skipped' : 'series.is_held', { when }))
  }
  const give = async (line: SeriesLine, account_id: string) => {
    const asked = { series_id: line.series_id, account_id }
    tell(problemOf(await desk.ask('group/series/give', asked, 'done')), tg('saved'))
  }
  return (
    <Section title={tg('series')}>
      {desk.group.series.length === 0 && <p>{tg('series.none')}</p>}
      <ul class="plans">
        {desk.group.series.map((line, place) => (
          <li key={line.series_id || place}>
            <Plan
              desk={desk}
              line={line}
              onSkip={(held, on) => void skip(line, held, on)}
              onGive={(account_id) => void give(line, account_id)}
              onEnd={() => {
                ending.value = line
              }}
            />
          </li>
        ))}
      </ul>
      <ProblemNote problem={problem.value} />
      <p role="status" class="soft help">
        {told.value}
      </p>
      {desk.group.rooms.length > 0 && (
        <details>
          <summary>{tg('series.add')}</summary>
          <AddSeries desk={desk} />
        </details>
      )}
      {ending.value !== null && (
        <EndSeries
          desk={desk}
          line={ending.value}
          onClose={() => {
            ending.value = null
          }}
        />
      )}
    </Section>
  )
}

interface PlanProps {
  readonly desk: Desk
  readonly line: SeriesLine
  readonly onSkip: (held: HeldOn, on: boolean) => void
  readonly onGive: (account_id: string) => void
  readonly onEnd: () => void
}

function Plan({ desk, line, onSkip, onGive, onEnd }: PlanProps) {
  const words = wordsOf(desk, line)
  const isConfigured = line.series_id === ''
  const dates = [
    ...line.coming.map((held) => ({ held, isOn: true })),
    ...line.skipped.map((held) => ({ held, isOn: false })),
  ].sort((a, b) => a.held.starts_ms - b.held.starts_ms)
  return (
    <>
      <p class="strong">{words}</p>
      <p class="soft help">
        {line.kind === 'meeting' &&
          `${tg('series.around', { doors: line.doors, fellowship: line.fellowship })} `}
        {tg('series.zone_is', { zone: zoneText(line.zone) })} {isConfigured && tg('series.configured')}
      </p>
      {line.kind === 'shift' && !isConfigured && (
        <Select
          label={tg('series.who_of', { when: whenOf(line) })}
          choices={['', ...desk.group.roster.map((one) => one.account_id)]}
          word={(account_id) => nameIn(desk, account_id)}
          value={line.account_id}
          onChoose={onGive}
        />
      )}
      <ul class="dates">
        {dates.map(({ held, isOn }) => (
          <li key={held.date} class="row spread">
            <span>
              {dateText(held.starts_ms)} {!isOn && <span class="mark">{tg('series.not_held')}</span>}
            </span>
            {!isConfigured && (
              <button
                type="button"
                aria-label={tg(isOn ? 'series.skip_name' : 'series.hold_name', {
                  when: dateText(held.starts_ms),
                })}
                onClick={() => onSkip(held, isOn)}
              >
                {tg(isOn ? 'series.skip' : 'series.hold')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {!isConfigured && (
        <button
          type="button"
          id={`end-${line.series_id}`}
          aria-haspopup="dialog"
          aria-label={tg('series.end_name', { words })}
          onClick={onEnd}
        >
          {tg('series.end')}
        </button>
      )}
    </>
  )
}

interface EndSeriesProps {
  readonly desk: Desk
  readonly line: SeriesLine
  readonly onClose: () => void
}

function EndSeries({ desk, line, onClose }: EndSeriesProps) {
  const { group } = desk
  const others = group.series.filter((one) => one.room === line.room && one.kind === 'meeting')
  const isLast = line.kind === 'meeting' && others.length === 1
  return (
    <Sure
      title={tg('series.end_sure')}
      words={`${wordsOf(desk, line)}. ${tg(isLast ? 'series.end_last' : 'series.end_words')}`}
      yes={tg('series.end_yes')}
      onYes={async () => problemOf(await desk.ask('group/series/end', { series_id: line.series_id }, 'done'))}
      onClose={onClose}
    />
  )
}

function wordsOf(desk: Desk, line: SeriesLine): string {
  const room = desk.group.rooms.find((one) => one.slug === line.room)?.title ?? line.room
  const length = tgCount('series.minutes', line.minutes)
  const values = { room, when: whenOf(line), length }
  return line.kind === 'meeting'
    ? tg('series.words', values)
    : tg('series.shift', { ...values, who: nameIn(desk, line.account_id) })
}

function whenOf(line: SeriesLine): string {
  return tg('series.when', { days: listText(line.days.map(weekdayName)), at: clockText(line.at) })
}

export function nameIn(desk: Desk, account_id: string): string {
  if (account_id === '') return tg('series.nobody')
  return desk.group.roster.find((one) => one.account_id === account_id)?.alias || account_id
}
