declare module 'icon:*' {
  import type { FunctionComponent } from 'preact'

  const Icon: FunctionComponent
  export default Icon
}

/** Where the catalogues of other languages are (tools/words.ts). */
declare module 'words:folder' {
  const folder: string
  export default folder
}
