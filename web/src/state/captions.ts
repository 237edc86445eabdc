import { CAPTION_MAX_CHARS, type CaptionLine, type Member, REACTIONS_QUIET_MS, type Room } from '../wire.gen'
import { may } from './hearing'
import { isBlocked } from './people'

/** A line is ended at a blank once it is so long: short lines are read at a glance. */
export const LINE_CHARS = 90

/** Who writes live text here; whoever the person keeps apart from is not among them. */
export function captioners(room: Room): readonly Member[] {
  return Object.values(room.members).filter(
    (one) => may(one.role, 'write_captions') && !isBlocked(room, one.member_id),
  )
}

/** The lines of live text that there is something to read in. */
export function captionLines(room: Room): readonly CaptionLine[] {
  return room.captions.filter((one) => one.text !== '' && !isBlocked(room, one.member_id))
}

/** Whose live text it is: those who write here, and those whose lines are still shown. */
export function captionNames(room: Room): readonly string[] {
  const names = [
    ...captioners(room).map((one) => one.name),
    ...captionLines(room).map((one) => room.members[one.member_id]?.name ?? one.name),
  ]
  return [...new Set(names)]
}

/** The number that the member's next line has. */
export function nextLine(room: Room, memberId: number): number {
  return Math.max(0, ...room.captions.filter((one) => one.member_id === memberId).map((one) => one.line)) + 1
}

/** The member's newest line, to be written once more; null where it was erased, or is gone. */
export function newestLine(room: Room, memberId: number): CaptionLine | null {
  const newest = room.captions.filter((one) => one.member_id === memberId).at(-1)
  return newest === undefined || newest.is_erased ? null : newest
}

/** What somebody typed as lines that are over, and what is left of it for the line that goes on. */
export function splitDraft(draft: string): { readonly over: readonly string[]; readonly rest: string } {
  const typed = draft.split('\n')
  const last = cutLong(typed.pop() ?? '')
  const over = [...typed.flatMap((line) => [...cutLong(line).over, cutLong(line).rest]), ...last.over]
  return { over: over.map((line) => line.trim()).filter((line) => line !== ''), rest: last.rest }
}

/** Cut a long text into lines at its blanks; one without any is cut where it must be. */
function cutLong(text: string): { over: string[]; rest: string } {
  const over: string[] = []
  let rest = text.trimStart()
  for (let end = lineEnd(rest); end > 0; end = lineEnd(rest)) {
    over.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  return { over, rest }
}

/** Where a line that is long enough ends, or 0 while it goes on. */
function lineEnd(text: string): number {
  const blank = text.indexOf(' ', LINE_CHARS)
  if (blank >= 0 && blank <= CAPTION_MAX_CHARS) return blank
  if (text.length <= CAPTION_MAX_CHARS) return 0
  const word = text.lastIndexOf(' ', CAPTION_MAX_CHARS)
  return word > 0 ? word : CAPTION_MAX_CHARS
}

/** The counts that are shown: those of the share that goes on, or of the last minutes where nobody has the floor. */
export function shownReactions(room: Room, now_ms: number): Room['reactions'] | null {
  const { reactions, floor } = room
  const isOld = floor.share === null && now_ms - reactions.at_ms > REACTIONS_QUIET_MS
  return reactions.at_ms === 0 || isOld ? null : reactions
}
