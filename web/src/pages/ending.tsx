import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { announcer } from '../a11y/announcer'
import { loadAppeal, serverNow } from '../rooms'
import { followLink } from '../route'
import { stay } from '../stay'
import { type TextKey, t } from '../text'
import { openHelp } from '../ui/header'
import { PageTitle } from '../ui/page_title'
import type { BanReason } from '../wire.gen'
import type { Ending as HowItEnded } from './room/how_it_ended'
import { whenText } from './when'

type Kind =
  | 'removed'
  | 'banned'
  | 'turned_away'
  | 'closed'
  | 'left'
  | 'lost'
  | 'replaced'
  | 'too_many'
  | 'too_old'
  | 'no_room'
  | 'other'

const MAY_COME_BACK = new Set<Kind>(['left', 'lost', 'replaced', 'too_many', 'other'])
/** Whoever is sent away may need somebody to talk to. */
const OFFERS_HELP = new Set<Kind>(['removed', 'banned', 'turned_away'])

interface EndingProps {
  readonly slug: string
  readonly ending: HowItEnded
}

/** What happened, in plain words, and what can be done now. */
export function Ending({ slug, ending }: EndingProps) {
  const kind = kindOf(ending)
  const title: TextKey = `end.${kind}.title`
  useEffect(() => {
    if (kind !== 'left') announcer.announce({ text: t(title), urgency: 'assertive' })
  }, [])
  const words: TextKey = `end.${kind}.words`
  return (
    <main id="main" class="join" tabIndex={-1}>
      <div class="card">
        <PageTitle>{t(title)}</PageTitle>
        <p>{t(words)}</p>
        {kind === 'banned' && <Banned slug={slug} ending={ending} />}
        <div class="row">
          {OFFERS_HELP.has(kind) && (
            <button type="button" class="main" onClick={openHelp} aria-haspopup="dialog">
              {t('help.open')}
            </button>
          )}
          {MAY_COME_BACK.has(kind) && (
            <button
              type="button"
              class="main"
              onClick={() => {
                stay.value = null
              }}
            >
              {t('end.join_again')}
            </button>
          )}
          {kind === 'too_old' && (
            <button type="button" class="main" onClick={() => location.reload()}>
              {t('end.load_again')}
            </button>
          )}
          <a class={kind === 'closed' ? 'button main' : 'button'} href="/" onClick={followLink}>
            {t(kind === 'closed' ? 'end.find_another' : 'join.other_rooms')}
          </a>
        </div>
      </div>
    </main>
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

function kindOf(ending: HowItEnded): Kind {
  if ('turnedAway' in ending) return ending.turnedAway === 'too_many' ? 'too_many' : 'too_old'
  if ('refusal' in ending) {
    const { code } = ending.refusal
    if (code === 'was_removed') return 'removed'
    return code === 'no_room' || code === 'banned' ? code : 'other'
  }
  switch (ending.reason) {
    case 'restarting':
    case 'fault':
      return 'other'
    default:
      return ending.reason
  }
}
