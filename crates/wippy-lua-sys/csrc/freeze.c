/*
** Tables that nobody changes any more. A frozen table has no array part and a bit among its flags; every way of storing
** looks at that bit where it would store into the hash part anyway (the changes to ltable.c and lvm.c in build.rs).
*/
#include "freeze.h"
#include "environment.h"

#include "lualib.h"
#include "lobject.h"
#include "lstate.h"
#include "ltable.h"

/* Freezes the table at `index`. Needs memory when the table has an array part. */
void w_freeze(lua_State *L, int index) {
  Table *t = (Table *)lua_topointer(L, index);
  if (t->flags & W_FROZEN) return;
  if (t->asize > 0) {
    unsigned int pairs = 0;
    index = lua_absindex(L, index);
    lua_pushnil(L);
    while (lua_next(L, index)) {
      lua_pop(L, 1);
      pairs++;
    }
    luaH_resize(L, t, 0, pairs);
  }
  t->flags |= W_FROZEN;
}

/* For those who fill a frozen table in later: lets the table at `index` be written again. */
void w_thaw(lua_State *L, int index) {
  Table *t = (Table *)lua_topointer(L, index);
  t->flags &= (lu_byte)~W_FROZEN;
}

int w_frozen(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TTABLE && (((const Table *)lua_topointer(L, index))->flags & W_FROZEN) != 0;
}

/* table.freeze(t): t itself, read-only from now on. */
static int freeze(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  w_own_names(L); /* which it could not take later */
  w_freeze(L, 1);
  return 1;
}

static int isfrozen(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushboolean(L, w_frozen(L, 1));
  return 1;
}

static const luaL_Reg table_extra[] = {{"freeze", freeze},
                                       {"isfrozen", isfrozen},
                                       {"make_immutable", freeze},
                                       {"is_immutable", isfrozen},
                                       {NULL, NULL}};

/* Adds the functions about freezing to the library `table`, which is on top. */
void w_open_freeze(lua_State *L) { luaL_setfuncs(L, table_extra, 0); }
