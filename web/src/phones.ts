const RUN = /[+(]?[0-9](?:[ .()/_*~\u2010-\u2015-]{0,3}[0-9]){6,}/g
const MIN_DIGITS = 7
const MAX_DIGITS = 15
const WORD_BEFORE = /([a-z\u00e0-\u00ff]+)[ .:#]*$/
const MONEY_BEFORE = /[$\u20ac\u00a3] ?$/
const BEFORE_CHARS = 24

const YEAR = '(?:19|20)[0-9]{2}'
/** Or a month. */
const DAY = '(?:0?[1-9]|[12][0-9]|3[01])'
const DATE = `(?:${YEAR}[ ./-]${DAY}[ ./-]${DAY}|${DAY}[ ./-]${DAY}[ ./-]${YEAR})`
const DATE_FIRST = new RegExp(`^${DATE}(?![0-9])`)
const DATE_LAST = new RegExp(`(?<![0-9])${DATE}$`)

/** What else is written in digits: a date with a short year, years, a fraction, a sum, one key, two times. */
const OTHER_NUMBERS = [
  new RegExp(`^${DAY}[./-]${DAY}[./-][0-9]{2}$`),
  new RegExp(`^${YEAR}(?:[^0-9]+${YEAR})*$`),
  /^[0-9]\.[0-9]+$/,
  /^[0-9]{1,2}([ .])[0-9]{3}(?:\1[0-9]{3})*\1[0-9]00$/,
  /^([0-9])\1*$/,
  /^[0-2]?[0-9]\.[0-5][0-9][^0-9.]+[0-2]?[0-9]\.[0-5][0-9]$/,
]
const SMALL_NUMBERS = /^[0-9]{1,3}(?:[^0-9]+[0-9]{1,3})*$/

const NUMBER_WORDS: Readonly<Record<string, string>> = Object.fromEntries([
  ...'zero one two three four five six seven eight nine'.split(' ').map((word, digit) => [word, `${digit}`]),
  ...'cero uno dos tres cuatro cinco seis siete ocho nueve'
    .split(' ')
    .map((word, digit) => [word, `${digit}`]),
  ['oh', '0'],
])
const NUMBER_WORD = new RegExp(`(?<![a-z0-9])(?:${Object.keys(NUMBER_WORDS).join('|')})(?![a-z0-9])`, 'g')
const COUNTED = new Set(
  (
    'page pages pg pp p step steps day days chapter chapters tradition traditions pagina paginas ' +
    'página páginas paso pasos día días capítulo'
  ).split(' '),
)

/** Lines for everybody in need; `rooms/phones.py` says whose. */
const CRISIS_LINES = new Set(
  (
    '03001236600 08001110111 08001110222 08001111 0800543354 0800585858 1800247247 1800551800 ' +
    '717003717 8002738255 8006564673 8006624357 8007997233 8009112000 8334564566 8664887386'
  ).split(' '),
)

/** Whether a text holds a telephone number. It wants small letters, ASCII digits and single spaces. */
export function holdsPhone(text: string): boolean {
  const digits = text.replace(NUMBER_WORD, (word) => NUMBER_WORDS[word] ?? word)
  return [...digits.matchAll(RUN)].some((found) =>
    isPhone(found[0], digits.slice(Math.max(0, found.index - BEFORE_CHARS), found.index)),
  )
}

function isPhone(run: string, before: string): boolean {
  const rest = run
    .replace(DATE_FIRST, '')
    .replace(DATE_LAST, '')
    .replace(/^[ /.-]+|[ /.-]+$/g, '')
  const groups = rest.match(/[0-9]+/g) ?? []
  const digits = groups.join('')
  if (digits.length < MIN_DIGITS || (groups.length === 1 && digits.length > MAX_DIGITS)) return false
  if (CRISIS_LINES.has(digits) || (digits.startsWith('1') && CRISIS_LINES.has(digits.slice(1)))) return false
  if (rest.startsWith('+')) return true
  const isOther = OTHER_NUMBERS.some((pattern) => pattern.test(rest)) || MONEY_BEFORE.test(before)
  return !(isOther || isRow(groups) || isCounted(rest, before))
}

/** Somebody counts: 1 2 3 4 5 6 7; 30 60 90 180. */
function isRow(groups: readonly string[]): boolean {
  if (groups.length < 3 || groups.some((group) => group.startsWith('0'))) return false
  const numbers = groups.map(Number)
  const strides = new Set(numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0)))
  const isEven = strides.size === 1 && !strides.has(0)
  return isEven || (groups.length >= 4 && numbers.every((number) => number % 5 === 0))
}

/** Numbers of pages, steps or days. */
function isCounted(run: string, before: string): boolean {
  const word = WORD_BEFORE.exec(before)?.[1]
  return word !== undefined && COUNTED.has(word) && SMALL_NUMBERS.test(run)
}
