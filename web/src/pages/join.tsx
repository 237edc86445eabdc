import Headphones from 'icon:headphones'
import { useSignal } from '@preact/signals'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { forgetFiles } from '../kept_files'
import { gentleName, rememberedName, rememberName } from '../names'
import { forgetDevice, isDeviceKept } from '../net/device'
import { loadRooms, rooms } from '../rooms'
import { dropInvite, followLink, hostInvite, hostName } from '../route'
import { beginStay, endStay, loadRoomCode, stay } from '../stay'
import { t } from '../text'
import { useNameHint } from '../ui/name_hint'
import { PageTitle } from '../ui/page_title'
import { NAME_MAX_CHARS, type Refusal } from '../wire.gen'
import { CheckFold } from './check_fold'
import { refusalText } from './refusal'

interface JoinProps {
  readonly slug: string
  /** Why the last try to sit down was refused, or null. */
  readonly refusal: Refusal | null
}

/** After this the sheet says that it takes long, and offers to stop. */
const PATIENCE_MS = 6_000

/** What was typed outlives the sheet, which goes away while a seat is asked for and may come back. */
let lastTyped: string | null = null

/** The sheet before a room: a name, and the second tap, which starts the sound. */
export function Join({ slug, refusal }: JoinProps) {
  const remembered = rememberedName()
  const name = useSignal(lastTyped ?? (hostName(slug) || remembered) ?? gentleName(Math.random()))
  const [freshName] = useState(() => gentleName(Math.random()))
  const isRemembered = useSignal(remembered !== null)
  const isEmpty = useSignal(false)
  const didFail = useSignal(false)
  const field = useRef<HTMLInputElement>(null)
  const hint = useNameHint(name.value, 'join.name_help')
  const helpId = useId()
  const rememberHelpId = useId()
  useEffect(() => {
    void loadRoomCode().catch(() => undefined)
    if (rooms.value.cards === null) void loadRooms()
  }, [])

  const isJoining = stay.value !== null && stay.value.ending.value === null
  const sitDown = (chosen: string) => {
    if (isJoining) return
    name.value = chosen
    lastTyped = chosen
    isEmpty.value = chosen.trim() === ''
    didFail.value = false
    if (isEmpty.value) {
      field.current?.focus()
      return
    }
    if (refusal?.code === 'ticket_unusable') dropInvite()
    rememberName(isRemembered.value ? chosen.trim() : null)
    beginStay(slug, chosen.trim(), hostInvite(slug)).catch(() => {
      didFail.value = true
    })
  }
  const card = rooms.value.cards?.find((one) => one.slug === slug)
  const problem = isEmpty.value
    ? t('refused.name_empty')
    : didFail.value
      ? t('refused.generic')
      : refusal === null || isJoining
        ? null
        : refusalText(refusal.code, lastTyped ?? '')
  const offered = offeredName(refusal, freshName)
  return (
    <main id="main" class="join" tabIndex={-1}>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault()
          sitDown(name.value)
        }}
      >
        <PageTitle>{card?.title ?? t('join.room')}</PageTitle>
        {card !== undefined && card.about !== '' && <p class="about">{card.about}</p>}
        <label class="field">
          <span>{t('join.name')}</span>
          <input
            ref={field}
            type="text"
            name="name"
            autocomplete="nickname"
            autocapitalize="words"
            spellcheck={false}
            enterkeyhint="go"
            maxLength={NAME_MAX_CHARS}
            value={name.value}
            aria-describedby={helpId}
            aria-invalid={problem !== null && (isEmpty.value || refusal?.code.startsWith('name_') === true)}
            onInput={(event) => {
              name.value = event.currentTarget.value
            }}
          />
        </label>
        <p id={helpId} class="soft help">
          {t(hint)}
        </p>
        <div role="alert">{problem !== null && <p class="note warm">{problem}</p>}</div>
        {problem !== null && offered !== '' && (
          <button type="button" class="main wide" onClick={() => sitDown(offered)}>
            {t('refused.use_name', { name: offered })}
          </button>
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={isRemembered.value}
            aria-describedby={rememberHelpId}
            onChange={(event) => {
              isRemembered.value = event.currentTarget.checked
            }}
          />
          <span>{t('join.remember')}</span>
        </label>
        <p id={rememberHelpId} class="soft help under-check">
          {t('join.remember_help')}
        </p>
        <button type="submit" class="main wide big" aria-disabled={isJoining}>
          <Headphones />
          {t(isJoining ? 'join.joining' : 'join.listen')}
        </button>
        <p class="promise">{t('join.promise')}</p>
        <p class="soft help">{t('join.data')}</p>
        {isJoining && <Patience />}
        <p class="soft help">{t('join.device')}</p>
      </form>
      <CheckFold />
      <Forget
        onForget={() => {
          isRemembered.value = false
        }}
      />
      <p class="beside">
        <a href="/" onClick={followLink}>
          {t('join.other_rooms')}
        </a>
      </p>
    </main>
  )
}

/** The button that clears what this browser keeps, where it keeps something. */
function Forget({ onForget }: { readonly onForget: () => void }) {
  const isKept = useSignal(isDeviceKept() || rememberedName() !== null)
  const isForgotten = useSignal(false)
  const forget = () => {
    forgetDevice()
    void forgetFiles()
    rememberName(null)
    isKept.value = false
    isForgotten.value = true
    onForget()
  }
  return (
    <div class="beside" role="status">
      {isKept.value && (
        <button type="button" class="quiet" onClick={forget}>
          {t('join.forget')}
        </button>
      )}
      {isForgotten.value && <p class="soft help">{t('join.forgotten')}</p>}
    </div>
  )
}

/** Another name to take with one press: the room's, or a made-up one where the room knows none. */
function offeredName(refusal: Refusal | null, freshName: string): string {
  if (refusal?.code === 'name_reserved') return refusal.suggestion || freshName
  return refusal?.code === 'name_taken' ? refusal.suggestion : ''
}

/** Words for when the room does not answer. */
export function Patience() {
  const isLong = useSignal(false)
  useEffect(() => {
    const timer = setTimeout(() => {
      isLong.value = true
    }, PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div role="status">
      {isLong.value && (
        <div class="note warm">
          <p>{t('join.waiting')}</p>
          <button type="button" onClick={() => void endStay()}>
            {t('join.cancel')}
          </button>
        </div>
      )}
    </div>
  )
}
