declare module 'icon:*' {
  import type { FunctionComponent } from 'preact'

  const Icon: FunctionComponent
  export default Icon
}
