/*
** What every state holds before a program's own code runs: the standard libraries with the names of older versions,
** and the classes of our objects. All of it is made while a state is furnished and never changes afterwards.
*/
#include "freeze.h"
#include "records.h"
#include "template.h"

#include <string.h>

#include "lualib.h"
#include "lobject.h"
#include "lstate.h"
#include "lgc.h"
#include "lstring.h"
#include "ltable.h"

/* ---- chance ------------------------------------------------------------------------------------------------------ */

/* The next of a sequence that begins with the seed of the process. */
static uint64_t next_seed(WProc *p) {
  uint64_t z = (p->seed += 0x9e3779b97f4a7c15u);
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* A number for math.randomseed without arguments. */
uint64_t wippy_seed(lua_State *L) { return next_seed(PROC(L)); }

/* The state of math.random. Its first use seeds it: most processes never do. */
void *wippy_random(lua_State *L) {
  WProc *p = PROC(L);
  int i;
  w_build_impure(p, "math.random");
  if ((p->random[0] | p->random[1] | p->random[2] | p->random[3]) == 0)
    for (i = 0; i < 4; i++) p->random[i] = next_seed(p);
  return p->random;
}

/* What programs see in the place of an address: the same for the same object, different for different ones. */
const void *wippy_address(lua_State *L, const void *address) {
  WProc *p = PROC(L);
  uint64_t z = (uint64_t)(uintptr_t)address;
  if (address == NULL) return NULL;
  w_build_impure(p, "an address");
  z = (z ^ p->hide) * (p->hide | 1);
  return (const void *)(uintptr_t)(z ^ z >> 32);
}

/* ---- names of older versions ------------------------------------------------------------------------------------- */

static int getn(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushinteger(L, luaL_len(L, 1));
  return 1;
}

/* The largest positive number that is a key. */
static int maxn(lua_State *L) {
  lua_Number max = 0;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_pushinteger(L, 0);
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) > max) {
      max = lua_tonumber(L, -1);
      lua_pushvalue(L, -1);
      lua_replace(L, 2);
    }
  }
  return 1;
}

/* Bitwise operators take texts of numbers, as in Lua 5.3; the arithmetic ones do so by themselves. */
static int as_number(lua_State *L, int i) {
  size_t n;
  const char *text;
  if (lua_type(L, i) == LUA_TNUMBER) return 1;
  if (lua_type(L, i) != LUA_TSTRING) return 0;
  text = lua_tolstring(L, i, &n);
  if (lua_stringtonumber(L, text) != n + 1) return 0;
  lua_replace(L, i);
  return 1;
}

static int bitwise(lua_State *L, int operator, const char *metamethod) {
  int unary = operator == LUA_OPBNOT, i;
  lua_settop(L, 2);
  if (as_number(L, 1) && as_number(L, 2)) {
    int whole, also_whole;
    lua_tointegerx(L, 1, &whole);
    lua_tointegerx(L, 2, &also_whole);
    if (!whole || !also_whole) return luaL_error(L, "number has no integer representation");
    if (unary) lua_settop(L, 1);
    lua_arith(L, operator);
    return 1;
  }
  /* The first operand is asked first: were it an object with this metamethod, we would not be here. */
  if (lua_type(L, 2) != LUA_TSTRING && luaL_getmetafield(L, 2, metamethod) != LUA_TNIL) {
    lua_insert(L, 1);
    lua_callk(L, 2, 1, 0, w_passed_on);
    return 1;
  }
  i = as_number(L, 1) ? 2 : 1;
  return luaL_error(L, "attempt to perform bitwise operation on a %s value", luaL_typename(L, i));
}

static int band(lua_State *L) { return bitwise(L, LUA_OPBAND, "__band"); }
static int bor(lua_State *L) { return bitwise(L, LUA_OPBOR, "__bor"); }
static int bxor(lua_State *L) { return bitwise(L, LUA_OPBXOR, "__bxor"); }
static int shl(lua_State *L) { return bitwise(L, LUA_OPSHL, "__shl"); }
static int shr(lua_State *L) { return bitwise(L, LUA_OPSHR, "__shr"); }
static int bnot(lua_State *L) { return bitwise(L, LUA_OPBNOT, "__bnot"); }

static const luaL_Reg bitwise_of_texts[] = {{"__band", band}, {"__bor", bor}, {"__bxor", bxor}, {"__shl", shl},
                                            {"__shr", shr},   {"__bnot", bnot}, {NULL, NULL}};

static int no_dump(lua_State *L) { return luaL_error(L, "string.dump is not available"); }

/* Gives a field of the table on top a second name. */
static void also(lua_State *L, const char *name, const char *old) {
  lua_getfield(L, -1, old);
  lua_setfield(L, -2, name);
}

static void open_library(lua_State *L, const char *name, lua_CFunction open) {
  lua_pushcfunction(L, open);
  lua_pushstring(L, name);
  lua_call(L, 1, 1);
  lua_pushvalue(L, -1);
  lua_setglobal(L, name); /* the library stays on top */
}

/* Makes the standard libraries, as globals of a table of its own that takes the place of the first one. */
void w_open_libraries(lua_State *L) {
  w_keep_names(L);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  open_library(L, "_G", luaopen_base);
  w_open_waits(L);
  open_library(L, "string", luaopen_string);
  also(L, "gfind", "gmatch");
  w_open_waiting_format(L);
  lua_pushcfunction(L, no_dump);
  lua_setfield(L, -2, "dump");
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  luaL_setfuncs(L, bitwise_of_texts, 0);
  lua_pop(L, 2);
  open_library(L, "table", luaopen_table);
  w_open_freeze(L);
  lua_pushcfunction(L, getn);
  lua_setfield(L, -2, "getn");
  lua_pushcfunction(L, maxn);
  lua_setfield(L, -2, "maxn");
  lua_getfield(L, -1, "unpack");
  lua_setglobal(L, "unpack");
  open_library(L, "math", luaopen_math);
  also(L, "mod", "fmod");
  also(L, "atan2", "atan");
  open_library(L, "coroutine", luaopen_coroutine);
  w_open_coroutines(L);
  lua_pushnil(L);
  lua_setfield(L, -2, "isyieldable");
  lua_settop(L, 0);
}

/* ---- classes ----------------------------------------------------------------------------------------------------- */

typedef struct WClasses {
  Table *metatable[W_CLASSES_MAX];
  uint32_t plain;
  WLayout layout[W_RECORDS_N];
} WClasses;

/* Pushes the memory of the classes, which must be kept alive, and has the process use it. */
void w_push_classes(lua_State *L) {
  WClasses *classes = lua_newuserdatauv(L, sizeof *classes, 0);
  int record;
  memset(classes, 0, sizeof *classes);
  for (record = 0; record < W_RECORDS_N; record++) w_lay_out(L, record, &classes->layout[record]);
  PROC(L)->classes = classes;
}

/* Pops the values of all fields of a record, and pushes it. */
void w_record(lua_State *L, int record) { w_push_record(L, &PROC(L)->classes->layout[record]); }

/* The table on top, which must be kept alive, is the metatable of class `k` from now on. `plain`: its objects may be
** copied bit by bit. */
void w_set_class(lua_State *L, int k, int plain) {
  WClasses *classes = PROC(L)->classes;
  classes->metatable[k] = (Table *)lua_topointer(L, -1);
  if (plain) classes->plain |= 1u << k;
}

int w_is_plain_class(const WProc *p, const void *metatable) {
  int k;
  for (k = 0; k < W_CLASSES_MAX; k++)
    if (p->classes->metatable[k] == metatable) return p->classes->plain >> k & 1;
  return 0;
}

/* Pushes an object of class `k`. */
void *w_push_object(lua_State *L, size_t size, int values, int k) {
  Udata *u = luaS_newudata(L, size, (unsigned short)values);
  /* The object is new, so no collector has seen it. */
  u->metatable = PROC(L)->classes->metatable[k];
  setuvalue(L, s2v(L->top.p), u);
  L->top.p++;
  return getudatamem(u);
}

/* The memory of the object at `index` if it is of class `k`, else NULL. */
void *w_object(lua_State *L, int index, int k) {
  const TValue *v = w_value_at(L, index); /* nobody keeps objects in the registry or in upvalues */
  if (v == NULL || !ttisfulluserdata(v) || uvalue(v)->metatable != PROC(L)->classes->metatable[k]) return NULL;
  return getudatamem(uvalue(v));
}

/* The text of an Error object where a string is wanted; NULL for everything else. Replaces the argument. */
const char *wippy_error_text(lua_State *L, int arg, size_t *len) {
  if (w_object(L, arg, W_CLASS_ERROR) == NULL) return NULL;
  luaL_tolstring(L, arg, len);
  lua_replace(L, lua_absindex(L, arg));
  return lua_tolstring(L, arg, len);
}

/* Whether a value is a type value. */
int wippy_is_type(lua_State *L, int arg) { return w_object(L, arg, W_CLASS_TYPE) != NULL; }
