/*
** What the files of the C half share: how it gives way to Rust and back, and what a thread of Lua has beside its stack.
*/
#ifndef wippy_halves_h
#define wippy_halves_h

#include "wippy.h"

#include "lstate.h"

/*
** The extra space of every thread: two bits, and for tasks their place in the list of tasks above them. All zero in the
** main thread, from which the others inherit it.
*/
#define PARKED 1u /* suspended for the scheduler: nobody else may resume it */
#define TASK 2u   /* started by coroutine.spawn or as the entry function: only the scheduler resumes it */
#define SPACE(L) (*(uintptr_t *)lua_getextraspace(L))
#define FENCE() __atomic_signal_fence(__ATOMIC_SEQ_CST)

/*
** A reason of ours why the collector stands still. With Lua's own for this (GCSTPUSR) each allocation that finds it so
** puts the next collection off: programs whose values mostly come from Rust would never see one.
*/
#define GCSTP_RUST 8

/*
** Between these two Rust works on the state: an allocation cannot fail, and the collector does not run, so no finalizer
** does.
*/
static inline void enter_rust(lua_State *L, WProc *p) {
  p->in_rust = 1;
  G(L)->gcstp |= GCSTP_RUST;
}

static inline void leave_rust(lua_State *L, WProc *p) {
  p->in_rust = 0;
  G(L)->gcstp &= (lu_byte)~GCSTP_RUST;
}

/* Ends a trampoline: results, an error, or a wait that Rust has prepared. */
int w_finish(lua_State *L, size_t before, int code);

#endif
