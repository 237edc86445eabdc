import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { captureWish } from '../../media/capture'
import { type MicProblem, problemOf } from '../../media/mic'
import { MicTrial } from '../../media/mic_trial'
import type { Player } from '../../media/player'
import { settings } from '../../settings'
import { barOf, micAdvice } from '../../state/check'
import { t } from '../../text'
import { DeviceChoice } from './device_choice'
import { AdviceList } from './sound_check'

const RECORD_MS = 3_000
/** The bar moves ten times a second. */
const BAR_MS = 100

interface MicCheckProps {
  readonly player: Player
  readonly hears: boolean | null
  readonly before: (() => Promise<void>) | undefined
}

type Phase = 'off' | 'asking' | 'on' | 'recording' | 'playing' | 'asked' | 'works' | 'wrong'

/** The microphone, opened by a press that says so, and let go of when this goes away. */
export function MicCheck({ player, hears, before }: MicCheckProps) {
  const phase = useSignal<Phase>('off')
  const trial = useSignal<MicTrial | null>(null)
  const problem = useSignal<MicProblem | null>(null)
  const cannotRecord = useSignal(false)
  const peak = useSignal<number | null>(null)
  const opened = useSignal(0)
  const isGone = useRef(false)
  const end = () => {
    player.stop()
    trial.value?.close()
    trial.value = null
  }
  useEffect(
    () => () => {
      isGone.current = true
      end()
    },
    [],
  )
  const open = async () => {
    if (phase.value === 'asking') return
    end()
    problem.value = null
    peak.value = null
    phase.value = 'asking'
    try {
      await before?.()
      const found = await MicTrial.open()
      if (isGone.current) {
        found.close()
        return
      }
      found.onEnded(() => {
        if (trial.value === found) fail('ended')
      })
      trial.value = found
      cannotRecord.value = !found.canRecord
      opened.value += 1
      phase.value = 'on'
    } catch (error) {
      fail(problemOf(error))
    }
  }
  const fail = (why: MicProblem) => {
    end()
    problem.value = why
    phase.value = 'off'
  }
  const record = async () => {
    const tried = trial.value
    if (tried === null || phase.value === 'recording') return
    player.stop()
    phase.value = 'recording'
    const sound = await tried.record(RECORD_MS).catch(() => undefined)
    if (sound === null || trial.value !== tried) return
    if (sound === undefined) {
      cannotRecord.value = true
      phase.value = 'on'
      return
    }
    phase.value = 'playing'
    await player.play(sound)
    if (trial.value === tried) phase.value = 'asked'
  }
  const finish = (works: boolean) => {
    end()
    phase.value = works ? 'works' : 'wrong'
  }
  const stop = () => {
    end()
    phase.value = 'off'
  }
  // Another microphone was chosen while one is tried: that one is tried instead.
  const wish = JSON.stringify(captureWish(settings.value))
  useEffect(() => {
    if (trial.value !== null) void open()
  }, [wish])

  // What was pressed goes away with some presses: the focus must not fall to nowhere.
  const title = useRef<HTMLHeadingElement>(null)
  const lastPhase = useRef(phase.value)
  useLayoutEffect(() => {
    const isLost = document.activeElement === document.body || document.activeElement === null
    if (lastPhase.current !== phase.value && isLost) title.current?.focus()
    lastPhase.current = phase.value
  }, [phase.value])
  const tried = trial.value
  const isOpen = tried !== null
  const hasBar = tried?.hasLevel === true
  return (
    <section>
      <h3 ref={title} tabIndex={-1}>
        {t('check.mic_title')}
      </h3>
      {!isOpen && (
        <>
          <p class="soft help">{t('check.mic_help')}</p>
          <button type="button" aria-disabled={phase.value === 'asking'} onClick={() => void open()}>
            {t(phase.value === 'asking' ? 'check.mic_asking' : 'check.mic_open')}
          </button>
        </>
      )}
      {isOpen && (
        <>
          <p>{t('check.mic_on')}</p>
          {hasBar ? (
            <Bar trial={tried} onPeak={(high) => (peak.value = Math.max(peak.value ?? 0, high))} />
          ) : (
            <p>{t('check.no_bar')}</p>
          )}
          <DeviceChoice kind="microphone" round={opened.value} />
          <div class="row">
            {!cannotRecord.value && (
              <button type="button" aria-disabled={phase.value === 'recording'} onClick={() => void record()}>
                {t('check.record')}
              </button>
            )}
          </div>
        </>
      )}
      <div role="status">
        {phase.value === 'recording' && <p class="strong">{t('check.recording')}</p>}
        {phase.value === 'playing' && <p class="strong">{t('check.playing_back')}</p>}
        {phase.value === 'asked' && <p class="strong">{t('check.did_work')}</p>}
        {phase.value === 'works' && <p class="note calm">{t('check.mic_works')}</p>}
        {cannotRecord.value && isOpen && <p>{t('check.no_record')}</p>}
      </div>
      {phase.value === 'asked' && (
        <div class="row">
          <button type="button" onClick={() => finish(true)}>
            {t('check.works')}
          </button>
          <button type="button" onClick={() => finish(false)}>
            {t('check.wrong')}
          </button>
        </div>
      )}
      {isOpen && (
        <div class="row">
          <button type="button" class="quiet" onClick={stop}>
            {t('check.mic_off')}
          </button>
        </div>
      )}
      {(problem.value !== null || phase.value === 'wrong') && (
        <AdviceList advice={micAdvice({ hears, problem: problem.value, peak: peak.value })} />
      )}
    </section>
  )
}

/** How loud the microphone is just now. */
function Bar({ trial, onPeak }: { readonly trial: MicTrial; readonly onPeak: (high: number) => void }) {
  const meter = useRef<HTMLMeterElement>(null)
  useEffect(() => {
    const timer = setInterval(() => {
      const bar = barOf(trial.samples())
      if (meter.current !== null) meter.current.value = bar
      onPeak(bar)
    }, BAR_MS)
    return () => clearInterval(timer)
  }, [trial])
  return (
    <label class="field">
      <span>{t('check.bar')}</span>
      <meter ref={meter} min={0} max={1} value={0} />
    </label>
  )
}
