const WORD = /[\p{L}\p{N}]+/gu
const NUMBER = /^[0-9]{1,5}[a-z]?$/
const BETWEEN_MAX_WORDS = 3
const STREETS = new Set('street avenue ave boulevard blvd road rd lane ln st'.split(' '))
const STREETS_IN_CAPITALS = new Set(
  'Drive Dr Court Ct Place Pl Way Terrace Square Highway Hwy Close'.split(' '),
)
const STREETS_FIRST = new Set(
  'calle avenida avda plaza paseo carrera camino rua via rue straße strasse'.split(' '),
)
const STREET_TAIL = /.(?:stra\u00dfe|strasse)$/
/** Between a number and a street, these tell a story: "3 years on the street". */
const STORY = new Set(
  (
    'a an the on in at of off down up from to by my our his her their this that and or for with same ' +
    'other wrong right long hard day days week weeks month months year years hour hours minute ' +
    'minutes time times step steps people kids more another first last block blocks mile miles km ' +
    'meter meters el la los las un una y o por con en mi su desde hace durante casi unos unas'
  ).split(' '),
)
const UNITS = new Set(
  (
    'año años día días dia dias semana semanas mes meses hora horas noche noches vez veces personas ' +
    'years days weeks months hours ans jours mois jahre tage'
  ).split(' '),
)

/** Whether a text holds a street address. It wants ASCII digits and single spaces, letters as written. */
export function holdsStreetAddress(text: string): boolean {
  const words = text.match(WORD) ?? []
  const lower = words.map((word) => word.toLowerCase())
  return words.some((_, place) => numberFirst(words, lower, place) || streetFirst(lower, place))
}

/** As in English: 12 Acacia Avenue; and 12 rue de la Paix. */
function numberFirst(words: readonly string[], lower: readonly string[], place: number): boolean {
  if (!NUMBER.test(lower[place] ?? '')) return false
  if (lower[place + 1] === 'rue' && place + 2 < words.length) return true
  for (let end = place + 2; end < Math.min(place + 2 + BETWEEN_MAX_WORDS, words.length); end += 1) {
    if (STORY.has(lower[end - 1] ?? '')) return false
    if (STREETS.has(lower[end] ?? '')) return true
    const between = words.slice(place + 1, end)
    if (STREETS_IN_CAPITALS.has(words[end] ?? '') && between.every((word) => /^\p{Lu}/u.test(word)))
      return true
  }
  return false
}

/** As in Spanish: calle Mayor 12; and Lindenstrasse 5. */
function streetFirst(lower: readonly string[], place: number): boolean {
  const word = lower[place] ?? ''
  const hasTail = STREET_TAIL.test(word)
  if (!hasTail && !STREETS_FIRST.has(word)) return false
  const begin = place + (hasTail ? 1 : 2)
  for (let end = begin; end < Math.min(place + 2 + BETWEEN_MAX_WORDS, lower.length); end += 1) {
    if (!NUMBER.test(lower[end] ?? '')) continue
    const isNamed = hasTail || lower.slice(place + 1, end).some((one) => !STORY.has(one))
    return isNamed && !UNITS.has(lower[end + 1] ?? '')
  }
  return false
}
