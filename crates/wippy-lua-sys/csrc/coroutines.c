/*
** Coroutines: as Lua's own, but a wait inside suspends the whole chain.
*/
#include "halves.h"

#include "ldo.h"
#include "lgc.h"

static int resume_next(lua_State *L, int status, lua_KContext wrapped);

/* Resumes `co` with what is on its stack; afterwards the process is as it was before. */
static int run(lua_State *L, WProc *p, lua_State *co, int nargs, int *nres) {
  int chain = p->chain, status;
  p->chain = chain && lua_isyieldable(L);
  SPACE(co) &= ~(uintptr_t)PARKED;
  FENCE();
  p->cur = co;
  FENCE();
  status = lua_resume(co, L, nargs, nres);
  FENCE();
  p->cur = L;
  p->chain = chain;
  return status;
}

/* The inner coroutine is suspended for the scheduler: so must we be. */
static int pass_up(lua_State *L, WProc *p, lua_State *co, int wrapped) {
  SPACE(co) |= PARKED;
  if (p->chain && lua_isyieldable(L)) return lua_yieldk(L, 0, (lua_KContext)wrapped, resume_next);
  /* Waits ask w_can_wait first and the clock's hook looks at `chain`: the process must not go on at all. */
  luaD_throwbaselevel(L, LUA_YIELD);
}

static int close_failed(lua_State *L, WProc *p, lua_State *co) {
  int chain = p->chain, status;
  p->chain = 0;
  p->cur = co;
  status = lua_closethread(co, L);
  p->cur = L;
  p->chain = chain;
  return status;
}

/* Gives the outcome of the inner coroutine to the one that resumed it. */
static int hand_over(lua_State *L, WProc *p, lua_State *co, int status, int nres, int wrapped) {
  if (status == LUA_YIELD && p->suspending) return pass_up(L, p, co, wrapped);
  if (status == LUA_OK || status == LUA_YIELD) {
    if (!lua_checkstack(L, nres + 1)) {
      lua_pop(co, nres);
      return luaL_error(L, "too many results to resume");
    }
    if (!wrapped) lua_pushboolean(L, 1);
    lua_xmove(co, L, nres);
    return wrapped ? nres : nres + 1;
  }
  if (!wrapped) {
    lua_pushboolean(L, 0);
    lua_xmove(co, L, 1);
    return 2;
  }
  if (lua_status(co) != LUA_OK && lua_status(co) != LUA_YIELD) {
    if (p->build == NULL) {
      /* Its frames are about to go; the failure may become that of the process. */
      enter_rust(L, p);
      w_wrapped_failed(L, co);
      leave_rust(L, p);
    }
    status = close_failed(L, p, co);
  }
  lua_xmove(co, L, 1);
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static lua_State *inner_of(lua_State *L, int wrapped) {
  return wrapped ? lua_tothread(L, lua_upvalueindex(1)) : lua_tothread(L, 1);
}

static int resume_first(lua_State *L, int wrapped) {
  WProc *p = PROC(L);
  lua_State *co = inner_of(L, wrapped);
  int nargs = lua_gettop(L) - (wrapped ? 0 : 1), nres = 0, status;
  if (SPACE(co) & (PARKED | TASK)) {
    const char *why = SPACE(co) & TASK ? "cannot resume a spawned coroutine" : "cannot resume a waiting coroutine";
    if (wrapped) return luaL_error(L, "%s", why);
    lua_pushboolean(L, 0);
    lua_pushstring(L, why);
    return 2;
  }
  if (!lua_checkstack(co, nargs)) return luaL_error(L, "too many arguments to resume");
  lua_xmove(L, co, nargs);
  status = run(L, p, co, nargs, &nres);
  return hand_over(L, p, co, status, nres, wrapped);
}

/* The scheduler has resumed the chain: the values, if any, lie on the innermost coroutine. */
static int resume_next(lua_State *L, int status, lua_KContext wrapped) {
  WProc *p = PROC(L);
  lua_State *co = inner_of(L, (int)wrapped);
  int nres = 0;
  status = run(L, p, co, co == p->target ? p->nargs : 0, &nres);
  return hand_over(L, p, co, status, nres, (int)wrapped);
}

static int co_resume(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTHREAD);
  return resume_first(L, 0);
}

static int co_wrapped(lua_State *L) { return resume_first(L, 1); }

/* The coroutine that the function at `level` resumes, if it was made by coroutine.wrap. */
lua_State *w_wrapped_at(lua_State *L, int level) {
  lua_State *co = NULL;
  lua_Debug ar;
  if (!lua_getstack(L, level, &ar)) return NULL;
  lua_getinfo(L, "f", &ar);
  if (lua_tocfunction(L, -1) == co_wrapped && lua_getupvalue(L, -1, 1) != NULL) {
    co = lua_tothread(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return co;
}

static int co_wrap(lua_State *L) {
  lua_State *co;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, co_wrapped, 1);
  return 1;
}

/* What was spawned was interrupted, and has waited or ended since. */
static int has_waited(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 1;
}

/*
** coroutine.spawn(f, ...): runs f at once until it first waits. When the slice ends before that, the caller is interrupted
** as well, and goes on behind f: between two waits nothing else of the process runs.
*/
static int co_spawn(lua_State *L) {
  WProc *p = PROC(L);
  lua_State *co, *target = p->target;
  int nargs = lua_gettop(L) - 1, chain = p->chain, loading = p->loading, nres = 0, status, given = p->nargs;
  int whole = p->whole, interrupted;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  if (loading) return luaL_error(L, W_AT_FILE_LEVEL);
  co = lua_newthread(L);
  SPACE(co) |= TASK;
  if (!lua_checkstack(co, nargs + 1)) return luaL_error(L, "too many arguments to spawn");
  lua_insert(L, 1); /* the thread stays below */
  lua_xmove(L, co, nargs + 1);
  enter_rust(L, p);
  w_finish(L, p->used, w_task_begin(L, co));
  p->whole = whole || !(chain && lua_isyieldable(L));
  p->chain = 1;
  FENCE();
  p->cur = co;
  FENCE();
  status = lua_resume(co, L, nargs, &nres);
  FENCE();
  p->cur = L;
  p->chain = chain;
  p->whole = whole;
  p->target = target;
  p->nargs = given;
  interrupted = status == LUA_YIELD && p->preempted;
  enter_rust(L, p);
  if (w_task_returned(L, co, status, nres)) {
    /* The spawned one has failed and the process with it: nothing of it may run any more. */
    leave_rust(L, p);
    p->suspending = 1;
    if (p->chain && lua_isyieldable(L)) return lua_yield(L, 0);
    luaD_throwbaselevel(L, LUA_YIELD);
  }
  leave_rust(L, p);
  lua_settop(L, 1);
  if (!interrupted) return 1;
  lua_assert(lua_isyieldable(L)); /* else `whole` was set, and nothing interrupted it */
  p->preempted = 1;
  p->suspending = 1;
  return lua_yieldk(L, 0, 0, has_waited);
}

static int co_close(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  int status;
  luaL_argexpected(L, co, 1, "thread");
  if (SPACE(co) & (PARKED | TASK)) return luaL_error(L, "cannot close a spawned or waiting coroutine");
  status = lua_status(co);
  if (co == L || (status != LUA_YIELD && status == LUA_OK && lua_gettop(co) != 0 && co->ci != &co->base_ci))
    return luaL_error(L, "cannot close a running coroutine");
  status = close_failed(L, PROC(L), co);
  if (status == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

/* The place of a task in Rust's list of them. */
void w_set_task_place(lua_State *co, uint32_t place) { SPACE(co) = (SPACE(co) & 3) | (uintptr_t)place << 2; }
uint32_t w_task_place(lua_State *co) { return (uint32_t)(SPACE(co) >> 2); }

/* Makes a coroutine of the function on top of L that only the scheduler resumes. The thread takes its place. */
lua_State *w_new_task(lua_State *L) {
  lua_State *co = lua_newthread(L);
  SPACE(co) |= TASK;
  lua_insert(L, -2);
  lua_xmove(L, co, 1);
  return co;
}

static const luaL_Reg coroutine_extra[] = {
    {"resume", co_resume}, {"wrap", co_wrap}, {"spawn", co_spawn}, {"close", co_close}, {NULL, NULL}};

void w_open_coroutines(lua_State *L) { luaL_setfuncs(L, coroutine_extra, 0); }
