import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { canChooseSpeaker } from '../../media/output'
import { Player } from '../../media/player'
import { softTones } from '../../media/soft_tones'
import { type Advice, soundAdvice } from '../../state/check'
import { t } from '../../text'
import { DeviceChoice } from './device_choice'
import { MicCheck } from './mic_check'

interface SoundCheckProps {
  /** Done before the microphone is opened for the test: in a room, the room's own is turned off. */
  readonly before?: () => Promise<void>
}

/** Whether one can hear, and be heard: by oneself, before anybody else is there. */
export function SoundCheck({ before }: SoundCheckProps) {
  const player = useRef(new Player())
  const hears = useSignal<boolean | null>(null)
  const state = useSignal<'quiet' | 'playing' | 'asked'>('quiet')
  useEffect(() => () => player.current.stop(), [])
  const playButton = useRef<HTMLButtonElement>(null)
  const answer = (isHeard: boolean) => {
    // The two answers go away with the press: the focus must not fall to nowhere.
    playButton.current?.focus()
    hears.value = isHeard
  }
  const play = async () => {
    hears.value = null
    state.value = 'playing'
    await player.current.play(softTones())
    state.value = 'asked'
  }
  return (
    <div class="check-parts">
      <p>{t('check.stays')}</p>
      <section>
        <h3>{t('check.hear_title')}</h3>
        <button ref={playButton} type="button" onClick={() => void play()}>
          {t('check.play')}
        </button>
        <div role="status">
          {state.value === 'playing' && <p>{t('check.playing')}</p>}
          {state.value === 'asked' && hears.value === null && <p class="strong">{t('check.did_hear')}</p>}
          {hears.value === true && <p class="note calm">{t('check.hears')}</p>}
        </div>
        {state.value === 'asked' && hears.value === null && (
          <div class="row">
            <button type="button" onClick={() => answer(true)}>
              {t('check.yes')}
            </button>
            <button type="button" onClick={() => answer(false)}>
              {t('check.no')}
            </button>
          </div>
        )}
        <DeviceChoice kind="speaker" />
        {hears.value === false && <AdviceList advice={soundAdvice(canChooseSpeaker())} />}
      </section>
      <MicCheck player={player.current} hears={hears.value} before={before} />
      <p class="soft help">{t('check.phones')}</p>
    </div>
  )
}

/** What to try next, in plain steps; the region is new with each list, so that it is read out. */
export function AdviceList({ advice }: { readonly advice: readonly Advice[] }) {
  return (
    <div class="note warm" role="alert">
      <div>
        <p class="strong">{t('check.next')}</p>
        <ul class="advice">
          {advice.map((one) => (
            <li key={one}>{t(`check.try_${one}`)}</li>
          ))}
        </ul>
        <p>{t('check.still')}</p>
      </div>
    </div>
  )
}
