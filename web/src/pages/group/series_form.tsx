import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { capital } from '../../state/locale'
import { allZones } from '../../state/times'
import { zone as shownZone } from '../../zone'
import { type Desk, type Problem, problemOf } from './api'
import { Check, Field, FieldHelp, Form, Select } from './parts'
import { nameIn } from './series'
import { DAYS, tg, weekdayName, zoneText } from './words'

/** A weekly meeting, or somebody's weekly shift. */
export function AddSeries({ desk }: { readonly desk: Desk }) {
  const { rooms, roster, series } = desk.group
  const isShift = useSignal(false)
  const room = useSignal(rooms[0]?.slug ?? '')
  const days = useSignal<readonly string[]>([])
  const at = useSignal('19:00')
  const minutes = useSignal('60')
  const zone = useSignal(shownZone.value)
  const doors = useSignal('15')
  const fellowship = useSignal('30')
  const who = useSignal(desk.account_id)
  const problem = useSignal<Problem | null>(null)
  const told = useSignal('')
  const isAlways = !series.some((one) => one.room === room.value && one.kind === 'meeting')
  const add = async () => {
    told.value = ''
    const asked = {
      room: room.value,
      days: days.value,
      at: at.value,
      minutes: minutesOf(minutes.value),
      zone: zone.value,
      doors: isShift.value ? 0 : minutesOf(doors.value),
      fellowship: isShift.value ? 0 : minutesOf(fellowship.value),
      account_id: isShift.value ? who.value : '',
    }
    problem.value = problemOf(await desk.ask('group/series/add', asked, 'done'))
    if (problem.value !== null) return
    told.value = tg('series.added')
    days.value = []
  }
  return (
    <Form problem={problem.value} told={told.value} submit={tg('series.add_yes')} onSubmit={add}>
      <Select
        label={tg('series.kind')}
        choices={['meeting', 'shift']}
        word={(one) => tg(one === 'shift' ? 'series.kind_shift' : 'series.kind_meeting')}
        value={isShift.value ? 'shift' : 'meeting'}
        onChoose={(one) => {
          isShift.value = one === 'shift'
        }}
      />
      <Select
        label={tg('series.room')}
        choices={rooms.map((one) => one.slug)}
        word={(slug) => rooms.find((one) => one.slug === slug)?.title ?? slug}
        value={room.value}
        onChoose={(slug) => {
          room.value = slug
        }}
      />
      {isAlways && !isShift.value && <p class="note calm">{tg('series.first')}</p>}
      <Days
        chosen={days.value}
        onChoose={(chosen) => {
          days.value = chosen
        }}
        problem={problem.value === 'bad_days' ? problem.value : null}
      />
      <div class="pair">
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
        <Field
          label={tg('series.length')}
          type="number"
          value={minutes.value}
          onInput={(text) => {
            minutes.value = text
          }}
          problem={problem.value}
          own={['bad_minutes']}
        />
      </div>
      <Select
        label={tg('series.zone')}
        choices={[...new Set([shownZone.value, ...allZones()])]}
        word={zoneText}
        value={zone.value}
        onChoose={(one) => {
          zone.value = one
        }}
      />
      <ZoneProblem problem={problem.value} />
      {isShift.value ? (
        <Select
          label={tg('series.who')}
          choices={roster.map((one) => one.account_id)}
          word={(account_id) => nameIn(desk, account_id)}
          value={who.value}
          onChoose={(account_id) => {
            who.value = account_id
          }}
        />
      ) : (
        <div class="pair">
          <Field
            label={tg('series.doors')}
            type="number"
            value={doors.value}
            onInput={(text) => {
              doors.value = text
            }}
            problem={problem.value}
            own={['bad_doors']}
          />
          <Field
            label={tg('series.fellowship')}
            type="number"
            value={fellowship.value}
            onInput={(text) => {
              fellowship.value = text
            }}
            problem={problem.value}
            own={['bad_fellowship']}
          />
        </div>
      )}
    </Form>
  )
}

interface DaysProps {
  readonly chosen: readonly string[]
  readonly onChoose: (chosen: readonly string[]) => void
  readonly problem: Problem | null
}

function Days({ chosen, onChoose, problem }: DaysProps) {
  const id = useId()
  return (
    <fieldset class="days" aria-describedby={id}>
      <legend>{tg('series.days')}</legend>
      {DAYS.map((day) => (
        <Check
          key={day}
          label={capital(weekdayName(day))}
          isOn={chosen.includes(day)}
          onSet={(isOn) => onChoose(DAYS.filter((one) => (one === day ? isOn : chosen.includes(one))))}
        />
      ))}
      <FieldHelp id={id} problem={problem} />
    </fieldset>
  )
}

function ZoneProblem({ problem }: { readonly problem: Problem | null }) {
  const id = useId()
  return <FieldHelp id={id} help={tg('series.zone_help')} problem={problem === 'bad_zone' ? problem : null} />
}

/** What was typed as minutes; what is no number is none that can be. */
function minutesOf(text: string): number {
  const read = Number(text)
  return text.trim() !== '' && Number.isInteger(read) && Math.abs(read) < 100_000 ? read : -1
}
