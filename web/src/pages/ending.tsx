import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { announcer } from '../a11y/announcer'
import { loadAppeal, serverNow } from '../rooms'
import { followLink } from '../route'
import { type EndKind, endCode, endKind, HAS_DETAILS, WAYS_OUT, type WayOut } from '../state/endings'
import { stay } from '../stay'
import { type TextKey, t, timeOfDay } from '../text'
import { openHelp } from '../ui/header'
import { PageTitle } from '../ui/page_title'
import type { BanReason } from '../wire.gen'
import type { Ending as HowItEnded } from './room/how_it_ended'
import { whenText } from './when'

interface EndingProps {
  readonly slug: string
  readonly ending: HowItEnded
}

/** What happened, in plain words, and what can be done now. */
export function Ending({ slug, ending }: EndingProps) {
  const kind = endKind(ending)
  const title: TextKey = `end.${kind}.title`
  useEffect(() => {
    if (kind !== 'left') announcer.announce({ text: t(title), urgency: 'assertive' })
  }, [])
  const ways = WAYS_OUT[kind]
  return (
    <main id="main" class="join" tabIndex={-1}>
      <div class="card">
        <PageTitle>{t(title)}</PageTitle>
        <p>{t(`end.${kind}.words`)}</p>
        {kind === 'banned' && <Banned slug={slug} ending={ending} />}
        <div class="row">
          {ways.map((way, index) => (
            <Way key={way} way={way} kind={kind} look={index === 0 ? 'main' : ''} />
          ))}
        </div>
        {ways.includes('why') && <Why slug={slug} />}
        {HAS_DETAILS.has(kind) && (
          <details>
            <summary>{t('end.details')}</summary>
            <p class="soft" translate={false}>
              {endCode(ending)}, {slug}, {timeOfDay(serverNow())}
            </p>
          </details>
        )}
      </div>
    </main>
  )
}

interface WayProps {
  readonly way: WayOut
  readonly kind: EndKind
  readonly look: string
}

function Way({ way, kind, look }: WayProps) {
  switch (way) {
    case 'help':
      return (
        <button type="button" class={look} onClick={openHelp} aria-haspopup="dialog">
          {t('help.open')}
        </button>
      )
    case 'again':
      return (
        <button
          type="button"
          class={look}
          onClick={() => {
            stay.value = null
          }}
        >
          {t(kind === 'replaced' ? 'end.here' : 'end.join_again')}
        </button>
      )
    case 'reload':
      return (
        <button type="button" class={look} onClick={() => location.reload()}>
          {t('end.load_again')}
        </button>
      )
    case 'others':
      return (
        <a class={`button ${look}`} href="/" onClick={followLink}>
          {t(kind === 'closed' ? 'end.find_another' : 'join.other_rooms')}
        </a>
      )
    case 'why':
      return null // folded below the buttons
  }
}

/** Whoever was sent away may ask about it; the group says where. */
function Why({ slug }: { readonly slug: string }) {
  const appeal = useSignal('')
  return (
    <details
      onToggle={() => {
        void loadAppeal(slug).then((text) => {
          appeal.value = text
        })
      }}
    >
      <summary>{t('end.why')}</summary>
      <p dir="auto">{appeal.value || t('end.why_words')}</p>
    </details>
  )
}

/** Why, until when, and what somebody can do who thinks that it is wrong. */
function Banned({ slug, ending }: EndingProps) {
  const appeal = useSignal('')
  useEffect(() => {
    void loadAppeal(slug).then((text) => {
      appeal.value = text
    })
  }, [])
  const { why, until_ms } = banOf(ending)
  const reason = why in REASONS ? REASONS[why as BanReason] : undefined
  return (
    <>
      {reason !== undefined && <p>{t('end.banned.reason', { reason: t(reason) })}</p>}
      {until_ms > 0 && <p>{t('end.banned.until', { when: whenText(until_ms) })}</p>}
      {until_ms === FAR && <p>{t('end.banned.long')}</p>}
      {appeal.value !== '' && (
        <>
          <h2>{t('end.banned.appeal')}</h2>
          <p dir="auto">{appeal.value}</p>
        </>
      )}
      <p class="soft">{t('end.banned.support')}</p>
    </>
  )
}

const REASONS: Readonly<Record<BanReason, TextKey>> = {
  harassment: 'end.for_harassment',
  hate: 'end.for_hate',
  sexual: 'end.for_sexual',
  flood: 'end.for_flood',
  impersonation: 'end.for_impersonation',
  other: 'end.for_other',
}

/** The server tells no longer waits: what lasts longer lasts at least so long. */
const WAIT_MAX_MS = 2 ** 31 - 1
const FAR = -1

function banOf(ending: HowItEnded): { why: string; until_ms: number } {
  if ('refusal' in ending) {
    const { suggestion, retry_ms } = ending.refusal
    return { why: suggestion, until_ms: retry_ms >= WAIT_MAX_MS ? FAR : serverNow() + retry_ms }
  }
  return 'reason' in ending
    ? { why: ending.why ?? '', until_ms: ending.until_ms ?? 0 }
    : { why: '', until_ms: 0 }
}
