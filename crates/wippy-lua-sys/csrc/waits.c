/*
** Functions of the base library, and string.format, that call metamethods, written so that these may wait. In Lua's own the call is a plain
** one, across which nothing can be suspended.
*/
#include "elements.h"

#include <string.h>

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

static int ipairs_next(lua_State *L) {
  lua_Integer i = (lua_Integer)((lua_Unsigned)luaL_checkinteger(L, 2) + 1);
  lua_pushinteger(L, i);
  w_get_element(L, 1, i, 0, found);
  return found(L, LUA_OK, 0);
}

static int ipairs(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushcfunction(L, ipairs_next);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

/* The verb that takes the next argument, from `*at` on; 0 at the end. */
static char next_verb(const char **at, const char *end) {
  const char *p = *at;
  while (p < end) {
    if (*p++ != '%') continue;
    if (p < end && *p == '%') {
      p++;
      continue;
    }
    while (p < end && strchr("-+ #0123456789.", *p) != NULL && *p != 0) p++;
    if (p == end) break;
    *at = p + 1;
    return *p;
  }
  *at = end;
  return 0;
}

static int format_again(lua_State *L, int status, lua_KContext i);

/* string.format: first what is to be shown and has a __tostring, from argument `i` on; then Lua's own. */
static int format_from(lua_State *L, int i) {
  size_t n;
  const char *at = lua_tolstring(L, 1, &n), *end = at + n;
  int argument = 2, last = lua_gettop(L);
  char verb;
  for (; argument <= last && (verb = next_verb(&at, end)) != 0; argument++)
    if (verb == 's' && argument >= i && luaL_getmetafield(L, argument, "__tostring") != LUA_TNIL) {
      lua_pushvalue(L, argument);
      lua_callk(L, 1, 1, argument, format_again);
      w_check_shown(L);
      lua_replace(L, argument);
    }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int format_again(lua_State *L, int status, lua_KContext i) {
  (void)status;
  w_check_shown(L);
  lua_replace(L, (int)i);
  return format_from(L, (int)i + 1);
}

static int format(lua_State *L) {
  return lua_type(L, 1) == LUA_TSTRING ? format_from(L, 2) : lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* The string library is on top. */
void w_open_waiting_format(lua_State *L) {
  lua_getfield(L, -1, "format");
  lua_pushcclosure(L, format, 1);
  lua_setfield(L, -2, "format");
}

static const luaL_Reg waiting[] = {{"tostring", to_string}, {"ipairs", ipairs}, {NULL, NULL}};

/* Puts them into the base library, which is on top. */
void w_open_waits(lua_State *L) { luaL_setfuncs(L, waiting, 0); }
