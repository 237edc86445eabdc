/** One crisis line of the operator's list; what it does not have is empty. */
export interface HelpLine {
  readonly name: string
  /** The day on which somebody last looked whether all of this is so: `2026-11-23`. */
  readonly verified: string
  readonly call: string
  readonly call_address: string
  readonly text: string
  readonly text_address: string
  readonly text_body: string
  readonly chat: string
  readonly web: string
  /** `always` is day and night. */
  readonly hours: string
  readonly for_whom: string
  readonly languages: readonly string[]
}

export interface HelpRegion {
  readonly name: string
  /** What its words are written in; empty: as the page. */
  readonly language: string
  readonly emergency: string
  readonly emergency_address: string
  readonly lines: readonly HelpLine[]
}

export interface HelpList {
  readonly words: string
  /** Whether nobody who runs this place has checked it. */
  readonly is_example: boolean
  readonly regions: readonly HelpRegion[]
}

/** What links may open: no list makes the page run anything. */
const OPENS = /^(tel|sms|https):/

/** Read the server's answer; what is not of its shape is left out, and null where nothing is left. */
export function readHelp(answer: unknown): HelpList | null {
  const list = recordOf(answer)
  const regions = listOf(list['regions']).map(readRegion)
  if (regions.length === 0) return null
  return { words: textOf(list['words']), is_example: list['is_example'] === true, regions }
}

function readRegion(found: unknown): HelpRegion {
  const region = recordOf(found)
  return {
    name: textOf(region['name']),
    language: textOf(region['language']),
    emergency: textOf(region['emergency']),
    emergency_address: addressOf(region['emergency_address']),
    lines: listOf(region['lines']).map(readLine),
  }
}

function readLine(found: unknown): HelpLine {
  const card = recordOf(found)
  const line = recordOf(card['line'])
  return {
    name: textOf(line['name']),
    verified: textOf(line['verified']),
    call: textOf(line['call']),
    call_address: addressOf(card['call_address']),
    text: textOf(line['text']),
    text_address: addressOf(card['text_address']),
    text_body: textOf(line['text_body']),
    chat: addressOf(line['chat']),
    web: addressOf(line['web']),
    hours: textOf(line['hours']),
    for_whom: textOf(line['for_whom']),
    languages: listOf(line['languages']).map(textOf),
  }
}

function recordOf(found: unknown): Readonly<Record<string, unknown>> {
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
}

function listOf(found: unknown): readonly unknown[] {
  return Array.isArray(found) ? found : []
}

function textOf(found: unknown): string {
  return typeof found === 'string' ? found : ''
}

function addressOf(found: unknown): string {
  const address = textOf(found)
  return OPENS.test(address) ? address : ''
}
