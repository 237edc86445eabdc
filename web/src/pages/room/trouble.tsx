import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import words from '../../../locales/en.trouble.json'
import { thisBrowser } from '../../media/browser'
import { STEPS, type Steps, stepsFor } from '../../state/browser'
import { learn, type TextKey, t } from '../../text'
import { Dialog } from '../../ui/dialog'
import { Care } from './care'
import { HideCard } from './hide_card'
import type { RoomSession } from './session'

learn(words)

/** What the person is told first, and what they opened, or are asked, about sound and microphone: one sheet at a time. */
export function Trouble({ session }: { readonly session: RoomSession }) {
  useEffect(() => session.takeCare((stay, stopped) => new Care(stay, stopped)), [session])
  return (
    <>
      {session.self.value !== null && <HideCard />}
      <Sheet session={session} />
    </>
  )
}

function Sheet({ session }: { readonly session: RoomSession }) {
  const { board } = session
  const care = session.care.value
  if (care === null) return null
  if (care.isAskingFirst.value) return <FirstTime session={session} care={care} />
  if (!care.isExplaining.value) return null
  const close = () => {
    care.isExplaining.value = false
  }
  return board.troubles.value.mic === 'in_app' ? <OpenElsewhere onClose={close} /> : <HowTo onClose={close} />
}

const NUMBERS = [1, 2, 3] as const

/** How to let this site have the microphone: first the steps for this browser, the others folded away. */
function HowTo({ onClose }: { readonly onClose: () => void }) {
  const mine = stepsFor(thisBrowser())
  return (
    <Dialog title={t('trouble.title')} onClose={onClose}>
      <h3>{t(`trouble.${mine}`)}</h3>
      <StepList steps={mine} />
      <p class="strong">{t('trouble.last')}</p>
      <details>
        <summary>{t('trouble.others')}</summary>
        {STEPS.filter((one) => one !== mine).map((one) => (
          <details key={one}>
            <summary>{t(`trouble.${one}`)}</summary>
            <StepList steps={one} />
          </details>
        ))}
      </details>
      <Close onClose={onClose} />
    </Dialog>
  )
}

function StepList({ steps }: { readonly steps: Steps | 'in_app' }) {
  return (
    <ol>
      {NUMBERS.map((number) => (
        <li key={number}>{t(`trouble.${steps}_${number}` satisfies TextKey)}</li>
      ))}
    </ol>
  )
}

/** From a window inside another app into a real browser. What let a host in is not in the address. */
function OpenElsewhere({ onClose }: { readonly onClose: () => void }) {
  const said = useSignal('')
  const field = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const copy = async () => {
    field.current?.select()
    try {
      await navigator.clipboard.writeText(field.current?.value ?? '')
      said.value = t('trouble.copied')
    } catch {
      said.value = t('trouble.not_copied')
    }
  }
  return (
    <Dialog title={t('trouble.title_in_app')} onClose={onClose} first={button}>
      <StepList steps="in_app" />
      <label class="field">
        <span>{t('trouble.link')}</span>
        <input ref={field} type="text" readOnly dir="ltr" value={location.origin + location.pathname} />
      </label>
      <p role="status" class="help">
        {said.value}
      </p>
      <div class="row">
        <button ref={button} type="button" class="main" onClick={() => void copy()}>
          {t('trouble.copy')}
        </button>
        <button type="button" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

/** Before the first press on a device where the microphone may move the sound to the loudspeaker. */
function FirstTime({ session, care }: { readonly session: RoomSession; readonly care: Care }) {
  const close = () => {
    care.isAskingFirst.value = false
  }
  return (
    <Dialog title={t('first.title')} onClose={close}>
      <p>{t('first.words')}</p>
      <p class="soft">{t('first.advice')}</p>
      <div class="row">
        <button
          type="button"
          class="main"
          onClick={() => {
            close()
            void session.toggleMic()
          }}
        >
          {t('mic.do_on')}
        </button>
        <button type="button" onClick={close}>
          {t('first.not_now')}
        </button>
      </div>
    </Dialog>
  )
}

function Close({ onClose }: { readonly onClose: () => void }) {
  return (
    <div class="row">
      <button type="button" class="main" onClick={onClose}>
        {t('host.close')}
      </button>
    </div>
  )
}
