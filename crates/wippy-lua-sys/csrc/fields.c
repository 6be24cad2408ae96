/*
** Values as Rust reads them, and tables as it makes and reads them: by raw access, without room for the names of fields on a
** stack.
*/
#include "fields.h"

#include "lapi.h"
#include "lgc.h"

/* The table at a position of the stack, or the registry. */
static Table *table_at(lua_State *L, int index) {
  return hvalue(index == LUA_REGISTRYINDEX ? &G(L)->l_registry : w_value_at(L, index));
}

void w_make_room(lua_State *L, Table *t, unsigned array, unsigned fields) {
  if (array == 0 && fields <= W_FEW) w_few_fields(L, t, fields);
  else luaH_resize(L, t, array, fields);
}

/* Pushes a new table with room for so many elements and fields. */
void w_new_table(lua_State *L, unsigned array, unsigned fields) {
  Table *t = luaH_new(L);
  sethvalue2s(L, L->top.p, t);
  api_incr_top(L);
  w_make_room(L, t, array, fields);
}

void w_set_key(lua_State *L, int index, const TValue *key) {
  Table *t = table_at(L, index);
  if (l_unlikely(t->flags & W_FROZEN)) luaH_set(L, t, key, s2v(L->top.p - 1));
  else w_put_field(L, t, key, s2v(L->top.p - 1));
  invalidateTMcache(t);
  luaC_barrierback(L, obj2gco(t), key);
  luaC_barrierback(L, obj2gco(t), s2v(L->top.p - 1));
  L->top.p--;
}

/* t[name] = the value on top, by raw access; pops it. */
void w_set_field(lua_State *L, int index, const char *name, size_t n) {
  TValue key;
  setsvalue(L, &key, luaS_newlstr(L, name, n)); /* no collector runs that could take it */
  w_set_key(L, index, &key);
}

/* The string at a position of the stack and its length; NULL when there is something else. */
const char *w_string(lua_State *L, int index, size_t *n) {
  const TValue *v = w_value_at(L, index);
  if (v == NULL) /* an upvalue, or nothing */
    return lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, n) : NULL;
  return ttisstring(v) ? getlstr(tsvalue(v), *n) : NULL;
}

/* Pushes t[name], by raw access; its type. */
int w_field(lua_State *L, int index, const char *name, size_t n) {
  const Table *t = table_at(L, index);
  TString *key = luaS_newlstr(L, name, n);
  TValue v;
  lu_byte tag = luaH_getstr(cast(Table *, t), key, &v);
  if (tagisempty(tag)) setnilvalue(&v);
  setobj2s(L, L->top.p, &v);
  L->top.p++;
  return ttype(s2v(L->top.p - 1));
}
