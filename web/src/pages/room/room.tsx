import '../../styles/stage.css'
import '../../styles/room.css'
import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { countUnseen } from '../../state/people'
import { PageTitle } from '../../ui/page_title'
import { Chat } from './chat'
import { Controls } from './controls'
import { Desk } from './desk'
import { HandSheet } from './hand_sheet'
import { Notices } from './notices'
import { useOrderParts } from './order_parts'
import { People } from './people'
import { Queue } from './queue'
import type { RoomSession } from './session'
import { Stage } from './stage'
import { TurnSheet } from './turn_sheet'

/** From this width on the chat stands beside the stage (also in styles/room.css). */
const WIDE = '(min-width: 60rem)'

/** A room with everybody in it. */
export function RoomPage({ session }: { readonly session: RoomSession }) {
  const isWide = useSignal(matchMedia(WIDE).matches)
  const isChatOpen = useSignal(false)
  const seenSeq = useSignal(session.room.value?.chat.at(-1)?.seq ?? 0)
  const chatButton = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const wide = matchMedia(WIDE)
    const follow = () => {
      isWide.value = wide.matches
    }
    wide.addEventListener('change', follow)
    return () => wide.removeEventListener('change', follow)
  }, [])
  // Tests, and styles, may look at the state of the connection here.
  useSignalEffect(() => {
    document.body.dataset['link'] = session.link.value
    document.body.dataset['media'] = session.media.value.phase
    document.body.dataset['mic'] = session.mic.value
  })
  useEffect(
    () => () => {
      for (const name of ['link', 'media', 'mic']) delete document.body.dataset[name]
    },
    [],
  )
  const parts = useOrderParts(session.may('keep_door') || session.may('run_floor'))
  const room = session.room.value
  if (room === null) return null
  const isChatShown = isWide.value || isChatOpen.value
  const closeChat = () => {
    isChatOpen.value = false
    chatButton.current?.focus()
  }
  return (
    <div class="room" data-chat={isChatShown ? 'shown' : 'hidden'}>
      <main id="main" tabIndex={-1}>
        <PageTitle>{room.title}</PageTitle>
        {room.about !== '' && <p class="soft room-about">{room.about}</p>}
        <Notices session={session} room={room} />
        <Stage session={session} room={room} />
        <Desk session={session} room={room} />
        {parts !== null && (
          <>
            <parts.Door session={session} room={room} />
            <parts.Proposals session={session} room={room} />
            <parts.Reports session={session} room={room} />
            <parts.Held session={session} room={room} />
          </>
        )}
        <Queue session={session} room={room} />
        <People session={session} room={room} />
      </main>
      {isChatShown && (
        <Chat session={session} room={room} seenSeq={seenSeq} onClose={isWide.value ? null : closeChat} />
      )}
      {parts !== null && (
        <>
          <parts.HostOptions session={session} room={room} />
          <parts.Alarm session={session} room={room} />
        </>
      )}
      <HandSheet session={session} room={room} />
      <TurnSheet session={session} />
      <Controls
        session={session}
        room={room}
        chatButton={chatButton}
        chat={
          isWide.value
            ? null
            : {
                isOpen: isChatOpen.value,
                unseen: isChatOpen.value ? 0 : countUnseen(room.chat, seenSeq.value, session.me.value),
                toggle: () => {
                  if (isChatOpen.value) closeChat()
                  else isChatOpen.value = true
                },
              }
        }
      />
    </div>
  )
}
