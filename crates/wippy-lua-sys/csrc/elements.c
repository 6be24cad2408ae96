/*
** Elements and lengths of lists by their metamethods, which may wait. Lua's own functions for this call them in a way that
** nothing can be suspended across.
*/
#include "elements.h"

#include "lapi.h"

#define CHAIN_MAX 2000 /* as in Lua */

/* What a value has for an event; NULL for nothing. */
static const TValue *metamethod(lua_State *L, const TValue *value, TMS event) {
  const TValue *found;
  if (ttistable(value)) return fasttm(L, hvalue(value)->metatable, event);
  found = luaT_gettmbyobj(L, value, event);
  return notm(found) ? NULL : found;
}

/* A plain table, to which an access is passed on, ends it without code. */
static int leads_to_code(lua_State *L, const TValue *value, TMS event) {
  const TValue *found = metamethod(L, value, event);
  return found != NULL && (!ttistable(found) || hvalue(found)->metatable != NULL);
}

int w_index_runs_code(lua_State *L, int table) { return leads_to_code(L, w_value_at(L, table), TM_INDEX); }

int w_metamethods_run_code(lua_State *L, const TValue *list) {
  return leads_to_code(L, list, TM_INDEX) || leads_to_code(L, list, TM_NEWINDEX) || metamethod(L, list, TM_LEN) != NULL;
}

static void push(lua_State *L, const TValue *value) {
  setobj2s(L, L->top.p, value);
  api_incr_top(L);
}

int w_push_metamethod(lua_State *L, int index, TMS event) {
  const TValue *found = luaT_gettmbyobj(L, w_value_at(L, index), event);
  if (notm(found)) return 0;
  push(L, found);
  return 1;
}

void w_index(lua_State *L, int list, lua_KContext context, lua_KFunction again) {
  const TValue *at = w_value_at(L, list), *found;
  int n;
  for (n = 0; n < CHAIN_MAX; n++, at = found) {
    if (ttistable(at)) {
      TValue value;
      if (!tagisempty(luaH_get(hvalue(at), s2v(L->top.p - 1), &value))) {
        setobj2s(L, L->top.p - 1, &value);
        return;
      }
    }
    found = metamethod(L, at, TM_INDEX);
    if (found == NULL && ttistable(at)) {
      setnilvalue(s2v(L->top.p - 1));
      return;
    }
    if (found == NULL) { /* What cannot be indexed is Lua's to complain about. */
      push(L, at);
      lua_insert(L, -2);
      lua_gettable(L, -2);
      lua_replace(L, -2);
      return;
    }
    if (ttisfunction(found)) {
      push(L, found);
      push(L, at);
      lua_rotate(L, -3, 2); /* function, object, key */
      lua_callk(L, 2, 1, context, again);
      return;
    }
  }
  luaL_error(L, "'__index' chain too long; possible loop");
}

void w_get_element(lua_State *L, int list, lua_Integer i, lua_KContext context, lua_KFunction again) {
  const TValue *value = w_value_at(L, list);
  if (ttistable(value)) {
    if (lua_rawgeti(L, list, i) != LUA_TNIL || hvalue(value)->metatable == NULL) return;
    lua_pop(L, 1);
  }
  lua_pushinteger(L, i);
  w_index(L, list, context, again);
}

void w_set_element(lua_State *L, int list, lua_Integer i, lua_KContext context, lua_KFunction again) {
  const TValue *at = w_value_at(L, list), *found;
  int n;
  if (ttistable(at) && hvalue(at)->metatable == NULL) {
    lua_seti(L, list, i);
    return;
  }
  for (n = 0;; n++, at = found) {
    if (ttistable(at)) {
      Table *t = hvalue(at);
      TValue old;
      if (t->flags & W_FROZEN || !tagisempty(luaH_getint(t, i, &old))) break;
    }
    found = metamethod(L, at, TM_NEWINDEX);
    if (found == NULL) break;
    if (ttisfunction(found)) {
      push(L, found);
      push(L, at);
      lua_pushinteger(L, i);
      lua_rotate(L, -4, 3); /* function, object, number, value */
      lua_callk(L, 3, 0, context, again);
      return;
    }
    if (n == CHAIN_MAX) luaL_error(L, "'__newindex' chain too long; possible loop");
  }
  push(L, at);
  lua_insert(L, -2);
  lua_seti(L, -2, i);
  lua_pop(L, 1);
}

void w_get_length(lua_State *L, int list, lua_KContext context, lua_KFunction again) {
  if (lua_type(L, list) == LUA_TSTRING || !w_push_metamethod(L, list, TM_LEN)) {
    lua_len(L, list);
    return;
  }
  lua_pushvalue(L, list);
  lua_pushvalue(L, list); /* once more, as operators do */
  lua_callk(L, 2, 1, context, again);
}

lua_Integer w_take_length(lua_State *L) {
  int whole;
  lua_Integer n = lua_tointegerx(L, -1, &whole);
  if (!whole) luaL_error(L, "object length is not an integer");
  lua_pop(L, 1);
  return n;
}
