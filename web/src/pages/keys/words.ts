import words from '../../../locales/en.keys.json'
import { learn } from '../../text'

learn(words)
