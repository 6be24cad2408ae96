/*
** What an environment inherits, and how it becomes the environment's own. Its metatable has under a key of ours
**   - the metatable that it has once all names are its own: one that still inherits types, or false for none;
**   - true, if it is that metatable.
** No program ever gets either.
*/
#include "environment.h"
#include "freeze.h"

static char key; /* its address */

/* Pushes the metatable of argument 1 and what that has under the key; 0, and nothing, if it is no environment's. */
static int push_metatable(lua_State *L) {
  if (!lua_getmetatable(L, 1)) return 0;
  if (lua_rawgetp(L, -1, &key) != LUA_TNIL) return 1;
  lua_pop(L, 2);
  return 0;
}

int w_is_environment(lua_State *L) {
  if (!w_perhaps_environment(L) || !push_metatable(L)) return 0;
  lua_pop(L, 2);
  return 1;
}

/* Pushes the table that a metatable inherits from. */
static void push_inherited(lua_State *L, int meta) {
  meta = lua_absindex(L, meta);
  lua_pushliteral(L, "__index");
  lua_rawget(L, meta);
}

/* Pushes what a table has under the key at `index`; whether it has something. */
static int push_of(lua_State *L, int table, int index) {
  index = lua_absindex(L, index);
  table = lua_absindex(L, table);
  lua_pushvalue(L, index);
  return lua_rawget(L, table) != LUA_TNIL;
}

/* Puts the names of a table into argument 1, except those it has and those that are in `types`, if there are any. */
static void copy_names(lua_State *L, int names, int types) {
  int at = lua_gettop(L) + 1;
  lua_pushnil(L);
  while (lua_next(L, names)) {
    if (!(types != 0 && push_of(L, types, at)) && !push_of(L, 1, at)) {
      lua_pushvalue(L, at);
      lua_pushvalue(L, at + 1);
      lua_rawset(L, 1);
    }
    lua_settop(L, at);
  }
}

/* Pushes metatable and mark of an environment that still inherits its names; 0, and nothing, for all others. */
static int push_inheriting(lua_State *L) {
  if (!push_metatable(L)) return 0;
  if (!lua_toboolean(L, -1) || lua_istable(L, -1)) return 1;
  lua_pop(L, 2);
  return 0;
}

void w_take_names(lua_State *L) {
  int top = lua_gettop(L), types = 0, own = top + 2;
  if (!push_inheriting(L)) return;
  push_inherited(L, top + 1);
  if (lua_istable(L, own)) {
    push_inherited(L, own);
    types = top + 4;
  }
  copy_names(L, top + 3, types);
  /* Only now, because there may have been too little memory for that. */
  if (types != 0) lua_pushvalue(L, own);
  else lua_pushnil(L);
  lua_setmetatable(L, 1);
  lua_settop(L, top);
}

/* Whether argument 1 inherits something under argument 2. */
static int inherits(lua_State *L) {
  int top = lua_gettop(L), found;
  if (!push_inheriting(L)) return 0;
  push_inherited(L, top + 1);
  found = push_of(L, top + 3, 2);
  lua_settop(L, top);
  return found;
}

/* A name that was replaced must not come back when it is taken away later: the names have to be the environment's own. */
void w_take_name(lua_State *L) {
  if (inherits(L)) w_take_names(L);
}

void w_leave_metatable(lua_State *L) {
  int top = lua_gettop(L);
  w_take_names(L);
  if (push_metatable(L)) {
    push_inherited(L, top + 1);
    copy_names(L, top + 3, 0);
    lua_pushnil(L);
    lua_setmetatable(L, 1);
  }
  lua_settop(L, top);
}

/* rawget: argument 1, which has a metatable, and the key. */
int w_raw_inherited(lua_State *L) {
  if (push_of(L, 1, 2) || !push_inheriting(L)) return 1;
  push_inherited(L, 4); /* 6 */
  if (lua_istable(L, 5)) {
    push_inherited(L, 5);
    if (push_of(L, 7, 2)) return lua_pushnil(L), 1;
  }
  push_of(L, 6, 2);
  return 1;
}

/* __newindex of environments: environment, name, value. Nothing is stored that would change nothing. */
static int set_global(lua_State *L) {
  lua_settop(L, 3);
  if (inherits(L)) {
    lua_pushvalue(L, 2);
    lua_gettable(L, 1);
    if (lua_rawequal(L, 3, 4)) return 0;
    lua_settop(L, 3);
    w_take_names(L);
  }
  lua_rawset(L, 1);
  return 0;
}

void w_push_environment(lua_State *L) {
  int names = lua_gettop(L) - 1, types = names + 1;
  lua_createtable(L, 0, 4); /* the metatable */
  lua_pushvalue(L, names);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, set_global);
  lua_setfield(L, -2, "__newindex");
  if (lua_istable(L, types)) {
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, types);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &key);
    w_freeze(L, -1);
  } else
    lua_pushboolean(L, 0);
  lua_rawsetp(L, -2, &key);
  w_freeze(L, -1);
  lua_replace(L, names);
  lua_settop(L, names);
}
