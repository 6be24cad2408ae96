/*
** Tables as Rust makes and reads them: by raw access, without room for the names of fields on a stack.
*/
#include "fields.h"

#include "lapi.h"
#include "lgc.h"

/* The table at a position of the stack, or the registry. */
static Table *table_at(lua_State *L, int index) {
  const TValue *v = index == LUA_REGISTRYINDEX ? &G(L)->l_registry
                    : index > 0                ? s2v(L->ci->func.p + index)
                                               : s2v(L->top.p + index);
  return hvalue(v);
}

/* Pushes a new table with room for so many elements and fields. */
void w_new_table(lua_State *L, unsigned array, unsigned fields) {
  Table *t = luaH_new(L);
  sethvalue2s(L, L->top.p, t);
  api_incr_top(L);
  if (array == 0 && fields <= W_FEW) w_few_fields(L, t, fields);
  else luaH_resize(L, t, array, fields);
}

/* The same as a function, for Lua's interpreter, whose loop is to stay as it is. */
void w_few_fields_apart(lua_State *L, Table *t, unsigned n) { w_few_fields(L, t, n); }

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
  const TValue *v;
  if (index > 0) {
    if (L->ci->func.p + index >= L->top.p) return NULL;
    v = s2v(L->ci->func.p + index);
  } else {
    if (index <= LUA_REGISTRYINDEX) return lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, n) : NULL;
    v = s2v(L->top.p + index);
  }
  if (!ttisstring(v)) return NULL;
  return getlstr(tsvalue(v), *n);
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
