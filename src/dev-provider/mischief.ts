import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'koa'

/** Makes an answer go wrong. Without it the answer would be what `usual` gives. */
export type Bite = (answering: Answering) => void | Promise<void>

export interface Answering {
  ctx: Context
  /** Gives the right answer, for a bite to give it late or to spoil it. */
  usual(): void
  /** Returns after so many milliseconds, or earlier if nobody waits for this answer any more. */
  pause(ms: number): Promise<void>
}

/** Lets a time pass; `over` ends it early. */
export type Pause = (ms: number, over: AbortSignal) => Promise<void>

/** The answers that go wrong, and the end of those that would not end by themselves. */
export interface Mischief {
  answer(ctx: Context, bite: Bite | undefined, usual: () => void): void | Promise<void>
  /** Breaks off what is still going wrong, and whatever would begin to. */
  hangUp(): void
}

export function createMischief(pause: Pause = patience): Mischief {
  const underWay = new Set<Context['res']>()
  let over = false
  return {
    answer(ctx, bite, usual) {
      if (!bite) return usual()
      if (over) return void ctx.res.destroy()
      ctx.onerror = () => {} // Koa's would log each connection that breaks, as it is meant to here
      const gone = new AbortController()
      underWay.add(ctx.res)
      ctx.res.once('close', () => {
        underWay.delete(ctx.res)
        gone.abort()
      })
      return bite({ ctx, usual, pause: ms => pause(ms, gone.signal) })
    },
    hangUp() {
      over = true
      for (const res of underWay) res.destroy()
    },
  }
}

const patience: Pause = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined)
