import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Device, followDevices, NO_DEVICES } from '../../media/device_list'
import { canChooseSpeaker } from '../../media/output'
import { changeSettings, settings } from '../../settings'
import { t } from '../../text'

interface DeviceChoiceProps {
  readonly kind: 'microphone' | 'speaker'
  /** Grows when the browser may name more of them: once somebody has let the page use one. */
  readonly round?: number
}

/** Which microphone, or where the sound comes out; shown where the browser tells them apart. */
export function DeviceChoice({ kind, round = 0 }: DeviceChoiceProps) {
  const devices = useSignal(NO_DEVICES)
  useEffect(
    () =>
      followDevices((found) => {
        devices.value = found
      }),
    [round],
  )
  const isMic = kind === 'microphone'
  const found = isMic ? devices.value.microphones : devices.value.speakers
  const chosen = settings.value[kind]
  if (!isMic && !canChooseSpeaker()) return null
  if (found.length === 0) return isMic ? <p class="soft help">{t('sound.mic_unknown')}</p> : null
  const isGone = chosen !== '' && found.every((one) => one.id !== chosen)
  const nameOf = (device: Device, number: number) =>
    device.label || t(isMic ? 'sound.mic_number' : 'sound.speaker_number', { number: number + 1 })
  return (
    <>
      <label class="field">
        <span>{t(isMic ? 'sound.mic' : 'sound.speaker')}</span>
        <select
          value={isGone ? '' : chosen}
          onChange={(event) => changeSettings({ [kind]: event.currentTarget.value })}
        >
          <option value="">{t('sound.usual')}</option>
          {found.map((device, number) => (
            <option key={device.id} value={device.id}>
              {nameOf(device, number)}
            </option>
          ))}
        </select>
      </label>
      {isGone && <p class="soft help">{t('sound.gone')}</p>}
    </>
  )
}
