/*
** Functions of the base library that call metamethods, written so that these may wait. In Lua's own the call is a plain
** one, across which nothing can be suspended.
*/
#include "wippy.h"

#define CHAIN_MAX 2000 /* as in Lua */

/* Stands in for a call of C that only passes a metamethod's result on. */
int w_passed_on(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 1;
}

/* What a __tostring has given, on top, as a text. */
void w_check_shown(lua_State *L) {
  if (!lua_isstring(L, -1)) luaL_error(L, "'__tostring' must return a string");
  lua_tolstring(L, -1, NULL);
}

static int shown(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  w_check_shown(L);
  return 1;
}

static int to_string(lua_State *L) {
  luaL_checkany(L, 1);
  if (luaL_getmetafield(L, 1, "__tostring") == LUA_TNIL) {
    luaL_tolstring(L, 1, NULL);
    return 1;
  }
  lua_pushvalue(L, 1);
  lua_callk(L, 1, 1, 0, shown);
  return shown(L, LUA_OK, 0);
}

/* The next number and its element, or nil. */
static int found(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_isnil(L, -1) ? 1 : 2;
}

/* Element `i` of what is on top, by its metamethods; the number lies below. */
static int index_by_metamethods(lua_State *L, lua_Integer i) {
  int n;
  for (n = 0; n < CHAIN_MAX; n++) {
    int is_table = lua_istable(L, -1);
    if (is_table) {
      if (lua_rawgeti(L, -1, i) != LUA_TNIL) {
        lua_remove(L, -2);
        return 2;
      }
      lua_pop(L, 1);
    }
    if (luaL_getmetafield(L, -1, "__index") == LUA_TNIL) {
      /* What cannot be indexed is Lua's to complain about. */
      if (is_table) lua_pushnil(L);
      else lua_geti(L, -1, i);
      lua_remove(L, -2);
      return found(L, LUA_OK, 0);
    }
    if (lua_isfunction(L, -1)) {
      lua_insert(L, -2);
      lua_pushinteger(L, i);
      lua_callk(L, 2, 1, 0, found);
      return found(L, LUA_OK, 0);
    }
    lua_remove(L, -2);
  }
  return luaL_error(L, "'__index' chain too long; possible loop");
}

static int ipairs_next(lua_State *L) {
  lua_Integer i = (lua_Integer)((lua_Unsigned)luaL_checkinteger(L, 2) + 1);
  lua_pushinteger(L, i);
  if (lua_istable(L, 1)) {
    if (lua_rawgeti(L, 1, i) != LUA_TNIL) return 2;
    if (!lua_getmetatable(L, 1)) return 1;
    lua_pop(L, 2);
  }
  lua_pushvalue(L, 1);
  return index_by_metamethods(L, i);
}

static int ipairs(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushcfunction(L, ipairs_next);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

static const luaL_Reg waiting[] = {{"tostring", to_string}, {"ipairs", ipairs}, {NULL, NULL}};

/* Puts them into the base library, which is on top. */
void w_open_waits(lua_State *L) { luaL_setfuncs(L, waiting, 0); }
