/*
** Environments: the tables that hold the globals of a unit.
**
** An environment holds a name of a library or a module only when something asks for it there; until then the name is
** inherited from a table that all processes of the program share. Programs cannot tell: whatever looks at the table
** itself (pairs, next, rawget, rawset, getmetatable, setmetatable, table.freeze) asks here first. The types of a unit's
** chunk are inherited as well, but are no globals: no list of them shows one.
*/
#ifndef wippy_environment_h
#define wippy_environment_h

#include "wippy.h"

#include "lobject.h"
#include "lstate.h"
#include "ltable.h"

/* The slow halves of what follows. */
void w_take_names(lua_State *L);
void w_take_name(lua_State *L);
void w_leave_metatable(lua_State *L);
/* rawget where argument 1 may be an environment: pushes the result. */
int w_raw_inherited(lua_State *L);
int w_is_environment(lua_State *L);

/* Whether argument 1 may be an environment: a table whose metatable is read-only. */
static inline int w_perhaps_environment(lua_State *L) {
  const TValue *v = s2v(L->ci->func.p + 1);
  return L->top.p > L->ci->func.p + 1 && ttistable(v) && hvalue(v)->metatable != NULL &&
         l_unlikely(hvalue(v)->metatable->flags & W_FROZEN);
}

/* All names that argument 1 inherits become its own if it is an environment. The stack stays as it is. */
static inline void w_own_names(lua_State *L) {
  if (w_perhaps_environment(L)) w_take_names(L);
}

/* The same before argument 2 is set there by rawset. */
static inline void w_own_name(lua_State *L) {
  if (w_perhaps_environment(L)) w_take_name(L);
}

/* The same, and its types too: the program gives it another metatable. */
static inline void w_own_metatable(lua_State *L) {
  if (w_perhaps_environment(L)) w_leave_metatable(L);
}

#endif
