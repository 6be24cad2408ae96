#include "wippy.h"
#include "memory.h"
#include "template.h"
#include "halves.h"

#include <signal.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lualib.h"
#include "lstate.h"
#include "ldo.h"
#include "lgc.h"
#include "ltable.h"

/* ---- between Lua and Rust -------------------------------------------------------------------------------------- */

/* Has the collector do what it owes for what Rust has made; what is still needed lies on a stack. */
static void collect_owed(lua_State *L, WProc *p) {
  if (p->build == NULL) luaC_checkGC(L);
}

/*
** What Rust has made counts, though it could not be refused: ends the call with an error when it is more than the process
** may have. Values from `keep` on are given up then.
*/
static void heed_limit(lua_State *L, WProc *p, int keep) {
  if (p->used <= p->limit) {
    collect_owed(L, p);
    return;
  }
  lua_gc(L, LUA_GCCOLLECT);
  if (p->used <= p->limit) return;
  lua_settop(L, keep);
  lua_gc(L, LUA_GCCOLLECT);
  luaL_error(L, "not enough memory");
}

/* ---- waiting -------------------------------------------------------------------------------------------------- */

static char raise_mark; /* its address on the stack of a resumed coroutine means: raise the value behind it */

void *w_raise_mark(void) { return &raise_mark; }

/* Whether the running coroutine may wait: every level down to the scheduler can yield. */
int w_can_wait(lua_State *L) {
  WProc *p = PROC(L);
  return p->chain && !p->loading && lua_isyieldable(L);
}

const char *w_place(lua_State *L, int level, size_t *len, int *line);

/* Raises the value on top after a wait. A text tells where the call stands, as when it is raised at once. */
static int raise_late(lua_State *L) {
  size_t len;
  int line;
  const char *source = lua_type(L, -1) == LUA_TSTRING ? w_place(L, 1, &len, &line) : NULL;
  if (source != NULL) {
    lua_pushfstring(L, "%s:%d: ", source, line);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int resumed(lua_State *L, int status, lua_KContext top) {
  int n = lua_gettop(L) - (int)top;
  (void)status;
  heed_limit(L, PROC(L), (int)top);
  if (n == 2 && lua_touserdata(L, (int)top + 1) == &raise_mark) return raise_late(L);
  return n;
}

/* Leaves code that runs for a template: each copy has to run it by itself. */
static void give_build_up(lua_State *L, WProc *p) {
  p->suspending = 1;
  luaD_throwbaselevel(L, LUA_YIELD);
}

/* Whether the running coroutine may be suspended where it stands, though it does not wait. */
static int may_interrupt(lua_State *L, const WProc *p) { return p->chain && !p->whole && lua_isyieldable(L); }

static int is_killed(lua_State *L, WProc *p);
static int finish(lua_State *L, size_t before, int code);

/* Turns of a long call where it can neither be suspended nor be left to each copy: about a tenth of a second. */
#define TURNS_MAX 100u
/* The same for file-level code that runs for a template, whose process waits. */
#define BUILD_TURNS_MAX 4u

/* The process runs again, and with it the call that gave way. */
static int next_turn(lua_State *L, int status, lua_KContext before) {
  (void)status;
  enter_rust(L, PROC(L));
  return finish(L, (size_t)before, w_go_on(L));
}

/*
** A turn of a long call is over: others have theirs now. Where nothing can be suspended (a handler of xpcall) the call
** goes on, but not for long.
*/
static int give_turn(lua_State *L, WProc *p, size_t before) {
  unsigned turns;
  for (turns = 1;; turns++) {
    int code;
    if (p->build != NULL) {
      if (turns >= BUILD_TURNS_MAX) {
        w_build_impure(p, "a long call");
        give_build_up(L, p);
      }
    } else if (may_interrupt(L, p)) {
      p->preempted = 1;
      p->suspending = 1;
      return lua_yieldk(L, 0, (lua_KContext)before, next_turn);
    } else if (is_killed(L, p)) {
      p->suspending = 1;
      luaD_throwbaselevel(L, LUA_YIELD);
    } else if (turns >= TURNS_MAX) {
      w_give_up(L);
      luaL_error(L, "a library function takes too long: where it cannot be interrupted it has %d turns at most",
                 (int)TURNS_MAX);
    }
    enter_rust(L, p);
    code = w_go_on(L);
    if (code != W_AGAIN) return finish(L, before, code);
    leave_rust(L, p);
  }
}

/*
** Ends a trampoline: results, an error, or a wait that Rust has prepared. `before` is what was in use when it began. Much
** that was made in vain goes before an error is raised: nothing can be collected if the stack has to grow next.
*/
static int finish(lua_State *L, size_t before, int code) {
  WProc *p = PROC(L);
  leave_rust(L, p);
  if (l_unlikely(p->build != NULL) && w_build_impurity(p) != NULL) give_build_up(L, p);
  if (code >= 0) {
    heed_limit(L, p, 0);
    return code;
  }
  if (code == W_RAISE) {
    if (p->used > before && p->used - before > p->limit / 8) {
      lua_insert(L, 1);
      lua_settop(L, 1);
      lua_gc(L, LUA_GCCOLLECT);
    } else {
      collect_owed(L, p);
    }
    return lua_error(L);
  }
  if (code == W_AGAIN) return give_turn(L, p, before);
  if (code == W_IMPURE) {
    w_build_impure(p, "the time");
    give_build_up(L, p);
  }
  p->suspending = 1;
  return lua_yieldk(L, 0, (lua_KContext)lua_gettop(L), resumed);
}

int w_finish(lua_State *L, size_t before, int code) { return finish(L, before, code); }

/* What file-level code may call while it runs for a template: functions of their arguments and nothing else. */
static const char *const pure[] = {
    "errors.",        "error.",       "json.",        "base64.",       "payload.",     "message.",   "chan.",
    "channel.new",    "instant.",     "duration.",    "location.",     "time.date",    "time.unix",  "time.parse",
    "time.fixed_zone", "time.load_location", "type.", "type_next.", "library_type.", "base.require", "base.loadlib",
    "hash.",         "uuid.v3",       "uuid.v5",      "uuid.validate", "uuid.version", "uuid.variant", "uuid.parse",
    "uuid.format",   "yaml.",         "payload_object.", "base.typeof",
    "expr.",         "expression.",   "regexp.",      "regexp_object.", "splitter.",    "splitter_object.",
    "diff.",         "differ.",       NULL};

/* Leaves code that runs for a template when it calls anything else: each copy has to run it by itself. */
static void leave_template(lua_State *L, WProc *p, const char *what) {
  const char *const *known;
  for (known = pure; *known != NULL; known++)
    if (strncmp(*known, what, strlen(*known)) == 0) return;
  w_build_impure(p, what);
  give_build_up(L, p);
}

#define X(module, name) \
  extern int w_##module##_##name(lua_State *L); \
  static int c_##module##_##name(lua_State *L) { \
    WProc *p = PROC(L); \
    size_t before; \
    if (l_unlikely(p->build != NULL)) leave_template(L, p, #module "." #name); \
    before = p->used; \
    enter_rust(L, p); \
    return finish(L, before, w_##module##_##name(L)); \
  }
W_FUNCTIONS(X)
#undef X

/* Functions that show values: tables, functions and objects become what tostring says; their __tostring may wait. */
static int show_from(lua_State *L, int i, lua_KFunction again, lua_CFunction function) {
  int n = lua_gettop(L);
  for (; i <= n; i++)
    if (lua_type(L, i) >= LUA_TTABLE) {
      if (luaL_getmetafield(L, i, "__tostring") != LUA_TNIL) {
        lua_pushvalue(L, i);
        lua_callk(L, 1, 1, i, again);
        w_check_shown(L);
      } else
        luaL_tolstring(L, i, NULL);
      lua_replace(L, i);
    }
  return function(L);
}

#define SHOWS(module, name) \
  static int again_##module##_##name(lua_State *L, int status, lua_KContext i) { \
    (void)status; \
    w_check_shown(L); \
    lua_replace(L, (int)i); \
    return show_from(L, (int)i + 1, again_##module##_##name, c_##module##_##name); \
  } \
  static int c_shows_##module##_##name(lua_State *L) { \
    return show_from(L, 1, again_##module##_##name, c_##module##_##name); \
  }
SHOWS(base, print)
SHOWS(io, write)
SHOWS(io, print)
SHOWS(io, eprint)

static lua_CFunction showing(const char *module, const char *name, lua_CFunction f) {
  if (strcmp(module, "base") == 0 && strcmp(name, "print") == 0) return c_shows_base_print;
  if (strcmp(module, "io") == 0 && strcmp(name, "write") == 0) return c_shows_io_write;
  if (strcmp(module, "io") == 0 && strcmp(name, "print") == 0) return c_shows_io_print;
  if (strcmp(module, "io") == 0 && strcmp(name, "eprint") == 0) return c_shows_io_eprint;
  return f;
}

/* ---- giving way ------------------------------------------------------------------------------------------------ */

static __thread WProc *volatile running;

/* Instructions that file-level code may take in a template; a thousandth of a second or two. */
#define BUILD_MAX 200000

static void too_long(lua_State *L, lua_Debug *ar) {
  WProc *p = PROC(L);
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  w_build_impure(p, "a long run");
  p->suspending = 1;
  luaD_throwbaselevel(L, LUA_YIELD);
}

/* Whether somebody has killed this process; then nothing of it may run any more. */
static int is_killed(lua_State *L, WProc *p) {
  int killed;
  enter_rust(L, p);
  killed = w_killed(L);
  leave_rust(L, p);
  return killed;
}

/* Rounds of library loops, in units of 16,384, after which a function that has not come to an end is given up: some
** seconds. While the clock finds Lua code running, the count begins anew. */
#define LOOKS_MAX 16384u

/* A loop of a library function looks up. */
void wippy_look(lua_State *L) {
  WProc *p = PROC(L);
  if (p == NULL) return; /* a state of the compiler */
  if (p->build != NULL) {
    if (++p->looks > 64) too_long(L, NULL);
    return;
  }
  if (is_killed(L, p)) {
    p->suspending = 1;
    luaD_throwbaselevel(L, LUA_YIELD);
  }
  if (++p->looks > LOOKS_MAX) {
    p->looks = 0;
    luaL_error(L, "a library function takes too long");
  }
}

/* Signals, one a millisecond, that code which cannot yield may go on after. */
#define STUCK_MAX 5000

/* Whether the process has been asked so often that it is given up; then it fails. */
static int is_stuck(lua_State *L, WProc *p) {
  if (++p->stuck <= STUCK_MAX) return 0;
  enter_rust(L, p);
  w_stuck(L);
  leave_rust(L, p);
  return 1;
}

static void give_way(lua_State *L, lua_Debug *ar) {
  WProc *p = PROC(L);
  (void)ar;
  if (p->build != NULL) {
    /* The clock means the process that makes this one, which has to wait; but not for long. */
    lua_sethook(L, too_long, LUA_MASKCOUNT, w_build_patience(p, BUILD_MAX));
    return;
  }
  lua_sethook(L, NULL, 0, 0);
  p->looks = 0;
  if (may_interrupt(L, p)) {
    p->preempted = 1;
    p->suspending = 1;
    lua_yield(L, 0);
    return;
  }
  /*
  ** Cannot yield here. A killed process leaves for good, past every pcall, and so does one that holds its worker for too
  ** long: with as many of them as there are workers, nobody could kill it. Another one is looked at again when the clock's
  ** next signal comes. (Arming again from here would walk the whole stack, which may be deep.)
  */
  if (is_killed(L, p) || is_stuck(L, p)) {
    p->suspending = 1;
    luaD_throwbaselevel(L, LUA_YIELD);
  }
}

/* The hook of a loop of C that can go on later: whether it is suspended now. */
int w_gives_way(lua_State *L) {
  WProc *p = PROC(L);
  if (p->build != NULL || !may_interrupt(L, p)) return 0;
  lua_sethook(L, NULL, 0, 0);
  p->preempted = 1;
  p->suspending = 1;
  return 1;
}

/*
** Arms the hook of the innermost coroutine: the fields that lua_sethook writes, but only the top frames are told to
** look at them, because a deep stack takes long to walk. Repeated each millisecond while the slice is over.
*/
static void on_signal(int number) {
  WProc *p = running;
  lua_State *L;
  CallInfo *ci;
  int n = 0;
  (void)number;
  if (p == NULL || (L = p->cur) == NULL) return;
  L->hook = give_way;
  L->basehookcount = L->hookcount = 1;
  L->hookmask = LUA_MASKCOUNT;
  for (ci = L->ci; ci != NULL && n < 16; ci = ci->previous, n++)
    if (isLua(ci)) ci->u.l.trap = 1;
}

/* Installs the signal that the clock sends. Once per program. */
void w_install_signal(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGURG, &action, NULL);
}

/* The clock's bell. */
void w_ring(uint64_t thread) { pthread_kill((pthread_t)thread, SIGURG); }

/* ---- looking ----------------------------------------------------------------------------------------------------- */

/* Where the function at `level` stands: its chunk and the length of that name, and the line; NULL for none. */
const char *w_place(lua_State *L, int level, size_t *len, int *line) {
  lua_Debug ar;
  if (!lua_getstack(L, level, &ar) || !lua_getinfo(L, "Sl", &ar) || ar.currentline <= 0) return NULL;
  *line = ar.currentline;
  if (*ar.source != '=') return NULL;
  *len = ar.srclen - 1;
  return ar.source + 1;
}

/* Whether a table has, or has had, keys beyond a list. */
int w_has_had_keys(lua_State *L, int index) {
  const Table *t = (const Table *)lua_topointer(L, index);
  return !isdummy(t);
}

#define WARM 64          /* blocks of so many other processes may lie in a cache */
#define WARM_MAX 8192u   /* bytes */

/* ---- running -------------------------------------------------------------------------------------------------- */

static __thread uint32_t steps; /* that this thread has run */

/*
** Fetches the block of a process that this thread has not run for a while, all of it at once: what a step looks at lies
** all over it, and each look would wait for the one before.
*/
void w_warm_up(WProc *p) {
  uint32_t since = ++steps - p->stepped;
  p->stepped = steps;
  if (since > WARM) {
    const char *at = (const char *)p, *end = at + (p->top < WARM_MAX ? p->top : WARM_MAX);
    for (; at < end; at += 64) __builtin_prefetch(at, 1);
  }
}

/* Resumes a task from the scheduler. The values for it, p->nargs many, lie on p->target. */
int w_run_task(WProc *p, lua_State *co, int *nres) {
  WProc *outer = running; /* a process that makes another one inside its step */
  int status;
  if (lua_gethookmask(co)) lua_sethook(co, NULL, 0, 0);
  if (p->build != NULL) lua_sethook(co, too_long, LUA_MASKCOUNT, BUILD_MAX);
  leave_rust(co, p);
  p->preempted = 0;
  p->suspending = 0;
  p->looks = 0;
  p->stuck = 0;
  p->whole = 0;
  p->chain = 1;
  p->cur = co;
  FENCE();
  running = p;
  FENCE();
  status = lua_resume(co, NULL, co == p->target ? p->nargs : 0, nres);
  FENCE();
  running = outer;
  FENCE();
  p->cur = NULL;
  if (p->build != NULL) lua_sethook(co, NULL, 0, 0);
  enter_rust(co, p);
  return status;
}

/* ---- building a state ------------------------------------------------------------------------------------------- */


typedef struct {
  const char *module;
  const char *name;
  lua_CFunction function;
} WFunction;

static const WFunction functions[] = {
#define X(module, name) {#module, #name, c_##module##_##name},
    W_FUNCTIONS(X)
#undef X
};

/* Pushes a table with the functions of one module. */
void w_push_module(lua_State *L, const char *module) {
  size_t i;
  lua_newtable(L);
  for (i = 0; i < sizeof functions / sizeof functions[0]; i++)
    if (strcmp(functions[i].module, module) == 0) {
      lua_pushcfunction(L, showing(module, functions[i].name, functions[i].function));
      lua_setfield(L, -2, functions[i].name);
    }
}


static int open_libraries(lua_State *L) {
  /* A place for what the state is furnished with: the registry itself must not grow in the phase that begins now. */
  lua_pushboolean(L, 0);
  lua_rawseti(L, LUA_REGISTRYINDEX, W_ROOT);
  w_build_phase(PROC(L), W_PHASE_LIBRARY);
  w_open_libraries(L);
  return 0;
}

/* A new state for the process, with the standard libraries, which may be added to until the phase ends. */
lua_State *w_new_state(WProc *p, unsigned seed) {
  lua_State *L;
  p->in_rust = 0;
  L = lua_newstate(w_allocate, p, seed);
  if (L == NULL) return NULL;
  p->L = L;
  SPACE(L) = 0;
  enter_rust(L, p); /* stays so outside of w_run_task */
  p->in_rust = 0;   /* but here a lack of memory can be told */
  lua_pushcfunction(L, open_libraries);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) return NULL;
  p->in_rust = 1;
  return L;
}

/* Makes the state of a process a copy of the template's. */
lua_State *w_copy_state(WProc *p, const WTemplate *t) {
  lua_State *task = w_template_copy(t, p);
  p->stepped = steps; /* just written, so it lies in the cache */
  enter_rust(p->L, p);
  return task;
}

/* Pushes one function as a closure over the n values on top. */
void w_push_closure(lua_State *L, const char *module, const char *name, int n) {
  size_t i;
  for (i = 0; i < sizeof functions / sizeof functions[0]; i++)
    if (strcmp(functions[i].module, module) == 0 && strcmp(functions[i].name, name) == 0)
      lua_pushcclosure(L, showing(module, name, functions[i].function), n);
}

WProc *w_proc(lua_State *L) { return PROC(L); }
