import { withWords } from '../language'

/** The person's own things: the page, the settings, the check of sound and microphone. */
export const loadMe = () => withWords('me', import('./me'))
