// Written by tools/write_types.py from the server's structs. Do not edit: change those and run it again.

export interface Alert {
  readonly kind: AlertKind
  readonly node: string
  readonly number: number
}

export type AlertKind = 'redis_away' | 'no_node_serves' | 'late' | 'loss' | 'full' | 'releases'

export interface AskDrain {
  readonly node: string
}

export interface DrainAsked {
  readonly type: 'drain_asked'
  readonly node: string
}

export interface DrainPreview {
  readonly type: 'drain_preview'
  readonly node: string
  readonly members: number
  readonly rooms: number
  readonly sharing: number
  readonly takers: number
  readonly free: number
  readonly within_ms: number
  readonly pause_ms: number
}

export interface NodeLoad {
  readonly packets_in_per_s: number
  readonly packets_out_per_s: number
  readonly loss: number
  readonly round_trip_ms: number
  readonly lag_ms: number
}

export type OperatorLook = Readonly<Record<string, never>>

export interface OperatorNode {
  readonly name: string
  readonly phase: string
  readonly is_this: boolean
  readonly members: number
  readonly rooms: number
  readonly capacity: number
  readonly version: string
  readonly started_ms: number
  readonly load: NodeLoad
}

export type OperatorRefusal =
  | 'no_such_node'
  | 'already_draining'
  | 'stands_alone'
  | 'redis_away'
  | 'needs_link'

export interface OperatorRefused {
  readonly type: 'refused'
  readonly code: OperatorRefusal
}

export interface OperatorRoom {
  readonly slug: string
  readonly title: string
  readonly members: number
  readonly nodes: number
}

export interface OperatorView {
  readonly type: 'operator_view'
  readonly nodes: readonly OperatorNode[]
  readonly rooms: readonly OperatorRoom[]
  readonly rooms_open: number
  readonly alerts: readonly Alert[]
  readonly may_drain: boolean
  readonly is_cluster: boolean
  readonly now_ms: number
}

export type OperatorAnswer = OperatorView | DrainPreview | DrainAsked | OperatorRefused

export interface OperatorAsks {
  readonly look: OperatorLook
  readonly preview: AskDrain
  readonly drain: AskDrain
}
