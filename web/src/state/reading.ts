/** A paragraph of a reading, and the line of the text that it begins with. */
export interface Paragraph {
  readonly line: number
  readonly text: string
}

/** Return what stands between empty lines; in a text without them every line is a paragraph. */
export function paragraphsOf(text: string): readonly Paragraph[] {
  const lines = text.split('\n')
  const hasGaps = lines.some((line, at) => line.trim() === '' && at > 0 && at < lines.length - 1)
  const found: { line: number; text: string }[] = []
  let isOpen = false
  for (const [line, words] of lines.entries()) {
    const last = found.at(-1)
    if (words.trim() === '') isOpen = false
    else if (isOpen && hasGaps && last !== undefined) last.text += `\n${words}`
    else {
      found.push({ line, text: words })
      isOpen = true
    }
  }
  return found
}

/** Return which paragraph a mark at this line is in, by its place among them. */
export function markedOf(paragraphs: readonly Paragraph[], line: number): number {
  return Math.max(0, paragraphs.filter((one) => one.line <= line).length - 1)
}
