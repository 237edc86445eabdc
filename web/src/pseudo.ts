import { writeIn } from './state/locale'
import { translate } from './text'

/** Languages that nobody speaks, made from English: they show where long words or the other direction break a page. */

const ACCENTED: Readonly<Record<string, string>> = Object.fromEntries(
  [...'aáeéiíoóuúyýAÁEÉIÍOÓUÚYÝcçnñsšzžCÇNÑSŠZŽ'.matchAll(/(.)(.)/gu)].map(([, plain = '', with_ = '']) => [
    plain,
    with_,
  ]),
)

/** What stands between these is laid out as Arabic is, letter after letter to the left, apart from its neighbours. */
const RIGHT_TO_LEFT = '\u2067\u202e'
const AS_IT_IS = '\u202c\u2069'

/** How much longer a text is than in English. */
const LONGER = 0.4

const PLACE = /(\{\w+\})/

/** Return a text with accents and 40 % longer, in words as long as some languages have them. */
export function long(text: string): string {
  const accented = between(text, (part) => [...part].map((one) => ACCENTED[one] ?? one).join(''))
  const filling = Math.ceil(text.replace(new RegExp(PLACE, 'g'), '').length * LONGER)
  return `[${accented}${'ø'.repeat(Math.min(filling, 2))}${
    filling > 2
      ? ` ${'lørem'
          .repeat(filling)
          .slice(0, filling - 2)
          .replace(/(.{12})/g, '$1 ')}`
      : ''
  }]`
}

/** Return a text that runs from right to left. */
export function mirrored(text: string): string {
  return between(text, (part) => (part === '' ? '' : `${RIGHT_TO_LEFT}${part}${AS_IT_IS}`))
}

function between(text: string, change: (part: string) => string): string {
  return text
    .split(PLACE)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('')
}

const LOCALES: Readonly<Record<string, { lang: string; dir: string; change: (text: string) => string }>> = {
  xa: { lang: 'en-XA', dir: 'ltr', change: long },
  xb: { lang: 'ar-XB', dir: 'rtl', change: mirrored },
}

/** Show the page in one of them. */
export function speak(name: string): void {
  const found = LOCALES[name]
  if (found === undefined) return
  writeIn(found.lang)
  translate((_, inEnglish) => inEnglish && found.change(inEnglish), found.dir)
  Object.assign(document.documentElement, { lang: found.lang, dir: found.dir })
}
