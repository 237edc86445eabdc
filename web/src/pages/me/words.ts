import words from '../../../locales/en.me.json'
import { learn } from '../../text'

learn(words)
