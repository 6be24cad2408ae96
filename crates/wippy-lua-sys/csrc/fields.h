/*
** What is cheap for small tables that have just been made.
*/
#ifndef wippy_fields_h
#define wippy_fields_h

#include "wippy.h"

#include "lmem.h"
#include "lobject.h"
#include "lstate.h"
#include "lstring.h"
#include "ltable.h"

/* Hash parts of up to so many fields have no extra word about free places in Lua (LIMFORLAST). */
#define W_FEW 4u

/* Room for up to W_FEW fields in a table that has none. */
static inline void w_few_fields(lua_State *L, Table *t, size_t n) {
  unsigned log = n <= 1 ? 0 : n == 2 ? 1 : 2, i;
  if (n == 0) return;
  t->node = luaM_newvector(L, (size_t)1 << log, Node);
  t->lsizenode = (lu_byte)log;
  setnodummy(t);
  for (i = 0; i < 1u << log; i++) {
    Node *node = gnode(t, i);
    gnext(node) = 0;
    setnilkey(node);
    setempty(gval(node));
  }
}

/* fields.c: t[key] = the value on top, by raw access; pops it. */
void w_set_key(lua_State *L, int index, const TValue *key);

/* Sets a field of a table that is not frozen; the collector's barrier is the caller's. */
static inline void w_put_field(lua_State *L, Table *t, const TValue *key, TValue *value) {
  if (ttisshrstring(key)) {
    Node *n = gnode(t, lmod(tsvalue(key)->hash, sizenode(t)));
    /* Free, so no key of this place is there, and this one is new. */
    if (keyisnil(n) && !isdummy(t)) {
      if (ttisnil(value)) return;
      n->u.key_tt = key->tt_;
      n->u.key_val = key->value_;
      setobj(L, gval(n), value);
      return;
    }
  }
  luaH_set(L, t, key, value);
}

#endif
