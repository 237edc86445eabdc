// Run-sheets to begin from: fetched only with the list of run-sheets.
import words from '../../../locales/en.templates.json'
import { type Draft, type DraftCue, freshDraft } from '../../state/sheet_draft'
import { learn, type TextKey, t } from '../../text'

learn(words)

export const TEMPLATES = ['discussion', 'speaker', 'check_in'] as const

export type Template = (typeof TEMPLATES)[number]

const MINUTE_MS = 60_000

/** A step: what its title and text are called in the catalogue, and how it sets the room. */
interface Step extends Partial<Omit<DraftCue, 'key' | 'title' | 'text'>> {
  readonly title: TextKey
  readonly text?: TextKey
}

const QUIET: Step = { title: 'tpl.quiet', text: 'tpl.quiet_text', floor: 'listen', mutes: true, chat: 'off' }
const WELCOME: Step = { title: 'tpl.welcome', text: 'tpl.welcome_text', floor: 'listen', mutes: true }
const TOGETHER: Step = { title: 'tpl.together', text: 'tpl.together_text' }
const READING: Step = { title: 'tpl.reading', text: 'tpl.reading_text' }
const SHARING: Step = { title: 'tpl.sharing', floor: 'hands' }
const BURNING: Step = { title: 'tpl.burning', text: 'tpl.burning_text', floor: 'hands' }
const NEWS: Step = { title: 'tpl.news', text: 'tpl.news_text', floor: 'listen', chat: 'everyone' }
const CLOSING: Step = { title: 'tpl.closing', text: 'tpl.closing_text', floor: 'listen', mutes: true }

const STEPS: Readonly<Record<Template, readonly Step[]>> = {
  discussion: [
    ...[QUIET, WELCOME, TOGETHER, READING],
    { title: 'tpl.subject', text: 'tpl.subject_text' },
    ...[SHARING, BURNING, NEWS, CLOSING],
  ],
  speaker: [
    ...[QUIET, WELCOME, TOGETHER, READING],
    { title: 'tpl.speaker_step', floor: 'listen', mutes: true, limit_ms: 20 * MINUTE_MS },
    { title: 'tpl.thanks', text: 'tpl.thanks_text', floor: 'hands' },
    ...[BURNING, NEWS, CLOSING],
  ],
  check_in: [
    ...[WELCOME, TOGETHER],
    { title: 'tpl.newcomers', text: 'tpl.newcomers_text' },
    { title: 'tpl.round', text: 'tpl.round_text', floor: 'round' },
    { title: 'tpl.questions', text: 'tpl.questions_text', floor: 'hands', chat: 'everyone' },
    ...[BURNING, NEWS, CLOSING],
  ],
}

/** Return a draft to make one's own: in the language of the page, and of nobody else's words. */
export function draftFrom(template: Template): Draft {
  const cues = STEPS[template].map(({ title, text, ...sets }, at) => ({
    ...{ floor: null, chat: null, mutes: false, limit_ms: 0 },
    ...sets,
    title: t(title),
    text: text === undefined ? '' : t(text),
    key: at + 1,
  }))
  return { ...freshDraft(), title: t(`tpl.${template}`), cues }
}
