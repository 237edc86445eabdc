import { holdsPhone } from './phones'
import { holdsStreetAddress } from './street'

/** What a text seems to hold: a way to reach somebody outside the room. */
export type ContactKind = 'email' | 'link' | 'phone' | 'handle' | 'address'

/** The zeros of the scripts whose digits NFKC leaves as they are. */
const ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
  0x1040, 0x17e0, 0x1810,
]

/** Endings that are no words of English or Spanish: "done.it was" and "hola.es" are sentences. */
const ENDINGS =
  'com|net|org|edu|gov|info|biz|io|app|dev|xyz|gg|ly|tv|ai|co|uk|ca|au|nz|ie|mx|cl|br|nl|pl|ru|ua|eu|fr|jp|cn'
const DOT = '(?: ?\\. ?| dot | punto )'
const BRACKETED_AT = / ?[[({<] ?(?:at|arroba) ?[\])}>] ?/g
const BRACKETED_DOT = / ?[[({<] ?(?:dot|punto|\.) ?[\])}>] ?/g
const SPACED = /(?<![a-z0-9])([a-z]) (?=[a-z](?![a-z0-9]))/g
const BEFORE_AT = /[a-z0-9_] {0,2}$/
const DOMAINS = [
  /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.[a-z]{2,24}/,
  new RegExp(
    `^ {0,2}[a-z0-9-]{1,63}(?:${DOT}[a-z0-9-]{1,63}){0,2}${DOT}(?:${ENDINGS}|es|de|me|us)(?![a-z0-9-])`,
  ),
]
const SPELLED_EMAIL = new RegExp(
  `[a-z0-9_] (?:at|arroba) [a-z0-9-]{2,63}${DOT}(?:${ENDINGS}|es|de)(?![a-z0-9-])`,
)
const LINKS = [
  /(?:https?|hxxps?|ftp) ?: ?\/ ?\//,
  /(?<![a-z0-9])www ?\. ?[a-z0-9]/,
  new RegExp(`[a-z0-9-]{2}\\.(?:${ENDINGS})(?![a-z0-9-])`),
  /[a-z0-9]\.[a-z]{2,24}\/[a-z0-9_+@?#=-]/,
  /[a-z0-9-]{2} ?\. ?(?:com|net|org)(?![a-z0-9-])/,
]
const SPELLED_LINK = /([a-z0-9-]{2,63}) (?:dot|punto) (?:com|net|org|info)(?![a-z0-9-])/g
const NO_DOMAIN = new Set(['the', 'that', 'this', 'el', 'un', 'of', 'de'])
const MENTION = /(?<![a-z0-9._@])@([a-z][a-z0-9_.]{2,30})/g
const HANDLES = [/[a-z0-9_.]{2}#[0-9]{4}(?![0-9])/, /(?<![a-z0-9/])u\/[a-z0-9_-]{3}/]
const PLACE = new RegExp(
  '(?<![a-z0-9])(?:insta|instagram|ig|snap|snapchat|telegram|whatsapp|discord|kik|wechat|skype|facebook|' +
    'fb|messenger|tiktok|twitter|venmo|cashapp|cash app|paypal|zelle|onlyfans|reddit|signal)(?![a-z])' +
    '(?: (?:id|handle|user|username|name|is|es|me|at|under|as)){0,3}' +
    '(?:( ?[:=@] ?@?)| )([a-z][a-z0-9_.]{2,40})',
  'g',
)
const TELLING = /[0-9_]|\.[a-z0-9]/
const NEAR_CHARS = 200

/**
 * Return what kind of contact the text seems to hold, or null.
 *
 * The rules are those of `rooms/contacts.py`, where each is explained; tests/vectors/contacts.json holds
 * both to the same answers.
 */
export function looksLikeContact(text: string): ContactKind | null {
  const shown = plain(text)
  const lower = shown.toLowerCase()
  const spelled = lower.replace(BRACKETED_AT, '@').replace(BRACKETED_DOT, '.').replace(SPACED, '$1')
  if (holdsEmail(spelled)) return 'email'
  if (holdsLink(spelled)) return 'link'
  if (holdsPhone(lower)) return 'phone'
  if (holdsHandle(lower)) return 'handle'
  return holdsStreetAddress(shown) ? 'address' : null
}

function plain(text: string): string {
  const seen = text.normalize('NFKC').replace(/\p{Cf}/gu, '')
  const digits = seen.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0
    const zero = ZEROS.find((first) => first <= code && code < first + 10)
    return zero === undefined ? digit : String(code - zero)
  })
  return digits.trim().replace(/\s+/gu, ' ')
}

function holdsEmail(text: string): boolean {
  for (const { index } of text.matchAll(/@/g)) {
    if (!BEFORE_AT.test(text.slice(Math.max(0, index - 3), index))) continue
    const after = text.slice(index + 1, index + 1 + NEAR_CHARS)
    if (DOMAINS.some((domain) => domain.test(after))) return true
  }
  return SPELLED_EMAIL.test(text)
}

function holdsLink(text: string): boolean {
  if (LINKS.some((link) => link.test(text))) return true
  return [...text.matchAll(SPELLED_LINK)].some(([, domain = '']) => !NO_DOMAIN.has(domain))
}

/** "@Maya" alone speaks to somebody in the room. */
function holdsHandle(text: string): boolean {
  if (HANDLES.some((handle) => handle.test(text))) return true
  if ([...text.matchAll(MENTION)].some(([, name = '']) => TELLING.test(name))) return true
  return [...text.matchAll(PLACE)].some(([, sign, name = '']) => sign !== undefined || TELLING.test(name))
}
