import { type TextKey, t, timeInWords, type Values } from '../text'
import type { ChatMode, Cue, FloorMode, Member, Room, SavedSheet, Sheet } from '../wire.gen'
import { isTrusted, may } from './hearing'
import { arrived } from './people'

export type Step = 'done' | 'now' | 'next' | 'later'

/** Where a step stands, seen from the one that is on. */
export function stepOf(sheet: Sheet, at: number): Step {
  if (at < sheet.at) return 'done'
  if (at === sheet.at) return 'now'
  return at === sheet.at + 1 ? 'next' : 'later'
}

/** Where the sheet stands, as a sentence. */
export function nowWords(sheet: Sheet): string {
  const cue = sheet.cues[sheet.at]
  if (cue !== undefined) return t('sheet.now', { title: cue.title })
  return t(sheet.at < 0 ? 'sheet.not_begun' : 'sheet.is_done')
}

/** What comes next in it; empty where it is done. */
export function nextWords(sheet: Sheet): string {
  if (sheet.at >= sheet.cues.length) return ''
  const cue = sheet.cues[sheet.at + 1]
  return cue === undefined ? t('sheet.finish') : t('sheet.next', { title: cue.title })
}

/** Which steps a folded list shows: what was, what is, and what comes soon. */
export function nearSteps(sheet: Sheet): readonly number[] {
  const first = Math.max(0, Math.min(sheet.at - 1, sheet.cues.length - FOLDED))
  return sheet.cues.map((_, at) => at).slice(first, first + FOLDED)
}

export const FOLDED = 5

/** A select of more names than this is of no use to anybody. */
const READERS_MAX = 200

/** Who may be chosen to have the floor at a step: whoever has a role first, then by arrival. */
export function readers(room: Room, chosen: number): readonly Member[] {
  const named = arrived(room).filter((member) => member.name !== '')
  const inOrder = [
    ...named.filter((one) => isTrusted(one.role)),
    ...named.filter((one) => !isTrusted(one.role)),
  ]
  const shown = inOrder.slice(0, READERS_MAX)
  const other = room.members[chosen]
  return other === undefined || other.name === '' || shown.includes(other) ? shown : [other, ...shown]
}

/** One thing that going to a step does. */
interface Effect {
  readonly text: TextKey
  readonly values?: Values
}

const MODES: Readonly<Record<FloorMode, TextKey>> = {
  open: 'cue.mode_open',
  hands: 'cue.mode_hands',
  round: 'cue.mode_round',
  listen: 'cue.mode_listen',
}

const CHATS: Readonly<Record<ChatMode, TextKey>> = {
  everyone: 'cue.chat_everyone',
  hosts: 'cue.chat_hosts',
  off: 'cue.chat_off',
}

/** What going to a step would do to the room as it is now, in words: the same choice as rooms/sheet.py makes. */
export function effectWords(room: Room, at: number): string {
  const words = effects(room, at).map(({ text, values }) => t(text, values))
  const whole = words.length === 0 ? t('cue.nothing') : words.join('; ')
  return `${whole.charAt(0).toLocaleUpperCase()}${whole.slice(1)}.`
}

function effects(room: Room, at: number): readonly Effect[] {
  const cue = room.sheet?.cues[at]
  const reader = cue === undefined ? null : whoBegins(room, cue)
  return [
    ...ofText(room, cue, reader),
    ...(cue === undefined || reader !== null ? [] : whyNobody(room, cue)),
    ...ofShare(room, cue, reader),
    ...(cue === undefined ? [] : ofTurns(room, cue, reader)),
  ]
}

/** Who gets the floor: the step's member, if present, and heard while the room is frozen. */
function whoBegins(room: Room, cue: Cue): Member | null {
  const member = room.members[cue.member_id]
  if (member === undefined || member.stranded_ms !== 0) return null
  return room.order.is_frozen && !may(member.role, 'speak_unasked') ? null : member
}

function ofText(room: Room, cue: Cue | undefined, reader: Member | null): readonly Effect[] {
  const text = cue?.text ?? ''
  const said: Effect[] = []
  if (reader !== null) {
    const limit_ms = cue?.limit_ms ?? 0
    const values = { name: nameOf(reader), time: limit_ms > 0 ? timeInWords(limit_ms) : '' }
    const [plain, timed] =
      text === '' ? (['cue.speaks', 'cue.speaks_for'] as const) : (['cue.reads', 'cue.reads_for'] as const)
    said.push({ text: limit_ms > 0 ? timed : plain, values })
  } else if (text !== '') {
    said.push({ text: 'cue.shown' })
  }
  if (text === '' && room.reading !== null) said.push({ text: 'cue.text_away' })
  return said
}

function whyNobody(room: Room, cue: Cue): readonly Effect[] {
  if (cue.member_id === 0) return []
  const member = room.members[cue.member_id]
  if (member === undefined) return [{ text: 'cue.reader_gone' }]
  const text = member.stranded_ms === 0 ? 'cue.reader_frozen' : 'cue.reader_away'
  return [{ text, values: { name: nameOf(member) } }]
}

function ofShare(room: Room, cue: Cue | undefined, reader: Member | null): readonly Effect[] {
  const { share } = room.floor
  if (share === null || (reader !== null && share.member_id === cue?.member_id)) return []
  return [{ text: 'cue.thanks', values: { name: nameOf(room.members[share.member_id]) } }]
}

function ofTurns(room: Room, cue: Cue, reader: Member | null): readonly Effect[] {
  const said: Effect[] = []
  const mode = cue.floor ?? room.floor.mode
  const isTurned = mode !== room.floor.mode
  if (isTurned) said.push({ text: MODES[mode] })
  if (cue.mutes || (isTurned && mode !== 'open'))
    said.push({ text: reader === null ? 'cue.mutes' : 'cue.mutes_others' })
  if (cue.chat !== null && cue.chat !== room.order.chat) said.push({ text: CHATS[cue.chat] })
  return said
}

function nameOf(member: Member | undefined): string {
  return member === undefined || member.name === '' ? t('cue.somebody') : member.name
}

/** A kept sheet as the room takes it: a mended one goes on where its old version stood, with the same readers. */
export function taken(inRoom: Sheet | null, saved: Pick<SavedSheet, 'title' | 'cues'>): Sheet {
  const { title } = saved
  if (inRoom?.title !== title) return { title, cues: saved.cues, at: -1 }
  const cues = saved.cues.map((cue, at) => {
    const old = inRoom.cues[at]
    return old?.title === cue.title ? { ...cue, member_id: old.member_id } : cue
  })
  return { title, cues, at: Math.min(inRoom.at, cues.length) }
}
