import { changeSettings, type Settings, settings, TEXT_SIZES } from '../../settings'
import { megabytesAnHour, THRIFTY_VOICING, USUAL_VOICING } from '../../state/data_use'
import { t } from '../../text'
import { Choice, Switch } from './choices'

const THEMES = ['system', 'light', 'dark', 'contrast'] as const satisfies readonly Settings['theme'][]
const TOLD = ['me', 'floor', 'everything'] as const satisfies readonly Settings['told'][]
const CHAT_TOLD = ['off', 'count', 'full'] as const satisfies readonly Settings['chat_told'][]
/** What the page says wherever it speaks of listening. */
const LISTEN_MB = 20

/** Colours and size. */
export function LookSettings() {
  const { theme, text_size } = settings.value
  return (
    <>
      <Choice
        legend={t('look.theme')}
        options={THEMES.map((one) => [one, t(`look.theme.${one}`)] as const)}
        value={theme}
        onChange={(chosen) => changeSettings({ theme: chosen })}
        isRow
      />
      <Choice
        legend={t('look.size')}
        options={TEXT_SIZES.map((percent) => [percent, t('look.size_percent', { percent })] as const)}
        value={text_size as (typeof TEXT_SIZES)[number]}
        onChange={(chosen) => changeSettings({ text_size: chosen })}
        isRow
      />
    </>
  )
}

/** What a screen reader is told, and the soft sounds. */
export function ToldSettings() {
  const { told, chat_told, has_cues } = settings.value
  return (
    <>
      <Choice
        legend={t('told.level')}
        options={TOLD.map((one) => [one, t(`told.level.${one}`)] as const)}
        value={told}
        onChange={(chosen) => changeSettings({ told: chosen })}
      />
      <Choice
        legend={t('told.chat')}
        options={CHAT_TOLD.map((one) => [one, t(`told.chat.${one}`)] as const)}
        value={chat_told}
        onChange={(chosen) => changeSettings({ chat_told: chosen })}
      />
      <Switch
        words={t('told.cues')}
        isOn={has_cues}
        onChange={(isOn) => changeSettings({ has_cues: isOn })}
      />
    </>
  )
}

/** Single keys, and holding to talk. */
export function KeySettings() {
  const { has_keys, holds_to_talk } = settings.value
  return (
    <>
      <Switch
        words={t('keys.everywhere')}
        help={t('keys.everywhere_help')}
        isOn={has_keys}
        onChange={(isOn) => changeSettings({ has_keys: isOn })}
      />
      <Switch
        words={t('keys.hold')}
        help={t('keys.hold_help')}
        isOn={holds_to_talk}
        onChange={(isOn) => changeSettings({ holds_to_talk: isOn })}
      />
    </>
  )
}

/** Less data, and the sound as the microphone gives it. */
export function SoundSettings() {
  const { saves_data, has_raw_sound } = settings.value
  const values = {
    listen: LISTEN_MB,
    usual: Math.round(megabytesAnHour(USUAL_VOICING)),
    less: Math.round(megabytesAnHour(THRIFTY_VOICING)),
  }
  return (
    <>
      <Switch
        words={t('sound.less')}
        help={t('sound.less_help', values)}
        isOn={saves_data}
        onChange={(isOn) => changeSettings({ saves_data: isOn })}
      />
      <Switch
        words={t('sound.raw')}
        help={t('sound.raw_help')}
        isOn={has_raw_sound}
        onChange={(isOn) => changeSettings({ has_raw_sound: isOn })}
      />
    </>
  )
}
