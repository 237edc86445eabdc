import latin from '@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2?url'
import { savesData } from './thrift'

const FAMILY = 'Atkinson Hyperlegible Next'

/** Load the typeface after the first paint, unless the person saves data. Without it the system's own is used. */
export async function loadFont(): Promise<void> {
  if (savesData()) return
  try {
    const face = new FontFace(FAMILY, `url(${latin}) format('woff2')`, { weight: '200 800', display: 'swap' })
    document.fonts.add(await face.load())
    document.documentElement.dataset['font'] = 'loaded'
  } catch {
    // The page reads well without it.
  }
}
