/*
** The functions of the table library over lists whose metamethods run code, which may be suspended there. ltablib.c leaves
** these lists to them.
*/
#include "elements.h"

#include <limits.h>
#include <string.h>

/* ---- moving ------------------------------------------------------------------------------------------------------ */

enum { SOURCE = 1, TARGET, VALUE, STATE }; /* on the stack */

/* Copies elements one after the other, then sets one more if that is asked for. */
typedef struct Move {
  lua_Integer from, to, left;
  lua_Integer last; /* where the value on top of the state goes */
  int step;
  int sets_last;
  int result; /* on the stack; 0 for none */
} Move;

static int result_of(lua_State *L, const Move *m) {
  if (m->result == 0) return 0;
  lua_pushvalue(L, m->result);
  return 1;
}

static int moved(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return result_of(L, lua_touserdata(L, STATE));
}

/* `held`: an element is on top, to be set next. */
static int move_on(lua_State *L, int status, lua_KContext held) {
  Move *m = lua_touserdata(L, STATE);
  (void)status;
  for (;; held = !held) {
    lua_Integer at;
    if (held) {
      at = m->to;
      m->to = luaL_intop(+, at, m->step);
      w_set_element(L, TARGET, at, 0, move_on);
      continue;
    }
    W_TICK(L)
    if (m->left == 0) break;
    m->left--;
    at = m->from;
    m->from = luaL_intop(+, at, m->step);
    w_get_element(L, SOURCE, at, 1, move_on);
  }
  if (m->sets_last) w_set_element(L, TARGET, m->last, 0, moved);
  return result_of(L, m);
}

/* The value that is set last comes next, if there is one. */
static Move *new_move(lua_State *L, lua_Integer from, lua_Integer to, lua_Integer n, int step) {
  Move *m = lua_newuserdatauv(L, sizeof *m, 0);
  memset(m, 0, sizeof *m);
  m->from = from;
  m->to = to;
  m->left = n;
  m->step = step;
  return m;
}

/* The length is on top, and has come with `arguments` arguments of the program. */
static int insert_measured(lua_State *L, int status, lua_KContext arguments) {
  lua_Integer end = luaL_intop(+, w_take_length(L), 1), pos = end;
  Move *m;
  (void)status;
  if (arguments == 3) {
    pos = luaL_checkinteger(L, 2);
    luaL_argcheck(L, (lua_Unsigned)pos - 1u < (lua_Unsigned)end, 2, "position out of bounds");
  } else if (arguments == 2) {
    lua_pushvalue(L, 2);
  } else {
    return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_pushvalue(L, 1);
  lua_replace(L, TARGET);
  m = new_move(L, luaL_intop(-, end, 1), end, end - pos, -1);
  m->last = pos;
  m->sets_last = 1;
  lua_pushvalue(L, VALUE);
  return move_on(L, LUA_OK, 0);
}

int w_list_insert(lua_State *L) {
  int arguments = lua_gettop(L);
  w_check_list(L, 1, W_READ | W_WRITE | W_LENGTH);
  w_get_length(L, 1, arguments, insert_measured);
  return insert_measured(L, LUA_OK, arguments);
}

/* The element that is removed is on top, above its position. */
static int remove_fetched(lua_State *L, int status, lua_KContext size) {
  lua_Integer pos = lua_tointeger(L, 2);
  Move *m;
  (void)status;
  lua_pushvalue(L, 1);
  lua_replace(L, TARGET);
  m = new_move(L, luaL_intop(+, pos, 1), pos, pos < size ? size - pos : 0, 1);
  m->last = pos < size ? size : pos;
  m->sets_last = 1;
  m->result = VALUE;
  lua_pushnil(L);
  return move_on(L, LUA_OK, 0);
}

static int remove_measured(lua_State *L, int status, lua_KContext context) {
  lua_Integer size = w_take_length(L), pos = luaL_optinteger(L, 2, size);
  (void)status, (void)context;
  if (pos != size)
    luaL_argcheck(L, (lua_Unsigned)pos - 1u <= (lua_Unsigned)size, 2, "position out of bounds");
  lua_settop(L, 1);
  lua_pushinteger(L, pos);
  w_get_element(L, 1, pos, size, remove_fetched);
  return remove_fetched(L, LUA_OK, size);
}

int w_list_remove(lua_State *L) {
  w_check_list(L, 1, W_READ | W_WRITE | W_LENGTH);
  w_get_length(L, 1, 0, remove_measured);
  return remove_measured(L, LUA_OK, 0);
}

/* Moves first to last, or backwards where elements would be overwritten before they are read. */
static int move_elements(lua_State *L, int backwards) {
  lua_Integer first = lua_tointeger(L, 2), n = lua_tointeger(L, 3) - first + 1, to = lua_tointeger(L, 4);
  lua_replace(L, TARGET);
  lua_settop(L, VALUE);
  new_move(L, backwards ? first + n - 1 : first, backwards ? to + n - 1 : to, n, backwards ? -1 : 1)->result = TARGET;
  return move_on(L, LUA_OK, 0);
}

/* Whether source and target say that they are equal is on top, above the target. */
static int move_compared(lua_State *L, int status, lua_KContext context) {
  int equal = lua_toboolean(L, -1);
  (void)status, (void)context;
  lua_pop(L, 1);
  return move_elements(L, equal);
}

int w_list_move(lua_State *L) {
  int to = lua_isnoneornil(L, 5) ? 1 : 5;
  lua_Integer f, e, t;
  f = luaL_checkinteger(L, 2);
  e = luaL_checkinteger(L, 3);
  t = luaL_checkinteger(L, 4);
  w_check_list(L, 1, W_READ);
  w_check_list(L, to, W_WRITE);
  lua_pushvalue(L, to);
  if (e < f) return 1;
  luaL_argcheck(L, f > 0 || e < LUA_MAXINTEGER + f, 3, "too many elements to move");
  luaL_argcheck(L, t <= LUA_MAXINTEGER - (e - f + 1) + 1, 4, "destination wrap around");
  if (t > e || t <= f) return move_elements(L, 0);
  if (lua_rawequal(L, 1, to)) return move_elements(L, 1);
  if (lua_type(L, 1) != lua_type(L, to) || (!w_push_metamethod(L, 1, TM_EQ) && !w_push_metamethod(L, to, TM_EQ)))
    return move_elements(L, 0);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, to);
  lua_callk(L, 2, 1, 0, move_compared);
  return move_compared(L, LUA_OK, 0);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int unpacked(lua_State *L, int status, lua_KContext i);

/* Pushes elements from `i` on; the last one's number is argument 3. */
static int unpack_from(lua_State *L, lua_Integer i) {
  lua_Integer e = lua_tointeger(L, 3);
  for (;; i++) {
    W_TICK(L)
    w_get_element(L, 1, i, i, unpacked);
    if (i == e) return lua_gettop(L) - 3;
  }
}

static int unpacked(lua_State *L, int status, lua_KContext i) {
  (void)status;
  return i == lua_tointeger(L, 3) ? lua_gettop(L) - 3 : unpack_from(L, i + 1);
}

static int unpack_measured(lua_State *L, int status, lua_KContext context) {
  lua_Integer n = w_take_length(L), i = luaL_optinteger(L, 2, 1), e = luaL_opt(L, luaL_checkinteger, 3, n);
  (void)status, (void)context;
  if (i > e) return 0;
  if ((lua_Unsigned)e - (lua_Unsigned)i >= (unsigned)INT_MAX - LUA_MINSTACK ||
      !lua_checkstack(L, (int)(e - i) + 1 + LUA_MINSTACK))
    return luaL_error(L, "too many results to unpack");
  lua_settop(L, 2);
  lua_pushinteger(L, e);
  return unpack_from(L, i);
}

int w_list_unpack(lua_State *L) {
  w_check_list(L, 1, W_READ | W_LENGTH);
  w_get_length(L, 1, 0, unpack_measured);
  return unpack_measured(L, LUA_OK, 0);
}

enum { SEPARATOR = 2, FIRST, LAST, PIECES }; /* on the stack, behind the list */

static int piece_fetched(lua_State *L, int status, lua_KContext i);

static void keep_piece(lua_State *L, lua_Integer i) {
  if (!lua_isstring(L, -1))
    luaL_error(L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1), (LUAI_UACINT)i);
  lua_rawseti(L, PIECES, luaL_intop(-, i, lua_tointeger(L, FIRST)) + 1);
}

/* Joins what has been gathered. */
static int finish_concat(lua_State *L) {
  lua_Integer first = lua_tointeger(L, FIRST), last = lua_tointeger(L, LAST);
  lua_replace(L, 1);
  lua_settop(L, SEPARATOR);
  lua_pushinteger(L, 1);
  lua_pushinteger(L, first <= last ? last - first + 1 : 0);
  return w_list_join(L);
}

/* Gathers the elements from `i` to the last. */
static int gather(lua_State *L, lua_Integer i) {
  lua_Integer last = lua_tointeger(L, LAST);
  for (;; i++) {
    W_TICK(L)
    w_get_element(L, 1, i, i, piece_fetched);
    keep_piece(L, i);
    if (i == last) return finish_concat(L);
  }
}

static int piece_fetched(lua_State *L, int status, lua_KContext i) {
  (void)status;
  keep_piece(L, i);
  return i == lua_tointeger(L, LAST) ? finish_concat(L) : gather(L, i + 1);
}

static int concat_measured(lua_State *L, int status, lua_KContext context) {
  lua_Integer n = w_take_length(L), first, last;
  (void)status, (void)context;
  luaL_optstring(L, SEPARATOR, "");
  first = luaL_optinteger(L, FIRST, 1);
  last = luaL_optinteger(L, LAST, n);
  lua_settop(L, SEPARATOR);
  lua_pushinteger(L, first);
  lua_pushinteger(L, last);
  lua_newtable(L);
  return first <= last ? gather(L, first) : finish_concat(L);
}

int w_list_concat(lua_State *L) {
  w_check_list(L, 1, W_READ | W_LENGTH);
  w_get_length(L, 1, 0, concat_measured);
  return concat_measured(L, LUA_OK, 0);
}
