import { withWords } from '../language'

/** Fetch the list of keys with its words. */
export const loadKeys = () => withWords('keys', import('./keys'))
