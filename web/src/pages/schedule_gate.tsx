import { withWords } from '../language'
import { t } from '../text'
import { useLater } from '../ui/later'

type Part = typeof import('./schedule')

let loaded: Part | null = null

/** Fetch the code of the schedule; a first visit waits for it with the server's page before the eyes. */
export async function loadSchedule(): Promise<Part> {
  loaded = await withWords('schedule', import('./schedule'))
  return loaded
}

/** All meetings of the week, whose code is fetched only here. */
export function ScheduleGate() {
  const part = useLater(loadSchedule, loaded === null) ?? loaded
  if (part !== null) return <part.SchedulePage />
  return (
    <main id="main" class="lobby" tabIndex={-1}>
      <p class="soft">{t('lobby.loading')}</p>
    </main>
  )
}
