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

/* fields.c: room for so many elements and fields in a table that has just been made. */
void w_make_room(lua_State *L, Table *t, unsigned array, unsigned fields);

/* What lies at a position of the stack; NULL for none, and for the registry and upvalues. */
static inline const TValue *w_value_at(lua_State *L, int index) {
  if (index <= 0) return index > LUA_REGISTRYINDEX ? s2v(L->top.p + index) : NULL;
  return L->ci->func.p + index < L->top.p ? s2v(L->ci->func.p + index) : NULL;
}

/* fields.c: pushes a new table with room for so many elements and fields. */
void w_new_table(lua_State *L, unsigned array, unsigned fields);

/* fields.c: t[key] = the value on top, by raw access; pops it. */
void w_set_key(lua_State *L, int index, const TValue *key);
void w_set_field(lua_State *L, int index, const char *name, size_t n);

/*
** Sets a key whose place is taken, in a hash part small enough to have no mark of its last free node, as Lua does it: the new
** one goes to a free node behind the others of its place, unless the one in its place belongs elsewhere and has to move.
** 0 when the key is there, when the other is no short string, or when nothing is free: then Lua does it.
*/
static inline int w_collide(lua_State *L, Table *t, Node *place, const TValue *key, const TValue *value) {
  Node *other, *last = place, *free = gnode(t, sizenode(t) - 1);
  if (t->lsizenode > 2 || !keyisshrstr(place) || ttisnil(value)) return 0;
  while (!keyisnil(free))
    if (free-- == gnode(t, 0)) return 0;
  other = gnode(t, lmod(keystrval(place)->hash, sizenode(t)));
  if (other == place) {
    for (;; last += gnext(last)) {
      if (keyisshrstr(last) && eqshrstr(keystrval(last), tsvalue(key))) return 0;
      if (gnext(last) == 0) break;
    }
    gnext(last) = cast_int(free - last);
    place = free;
  } else { /* nothing of the key's place is there yet */
    while (other + gnext(other) != place) other += gnext(other);
    gnext(other) = cast_int(free - other);
    *free = *place;
    if (gnext(place) != 0) gnext(free) += cast_int(place - free);
    gnext(place) = 0;
  }
  place->u.key_tt = key->tt_;
  place->u.key_val = key->value_;
  setobj(L, gval(place), value);
  return 1;
}

/* Sets a field of a table that is not frozen; the collector's barrier is the caller's. */
static inline void w_put_field(lua_State *L, Table *t, const TValue *key, TValue *value) {
  if (ttisshrstring(key) && !isdummy(t)) {
    Node *n = gnode(t, lmod(tsvalue(key)->hash, sizenode(t)));
    /* Free, so no key of this place is there, and this one is new. */
    if (keyisnil(n)) {
      if (ttisnil(value)) return;
      n->u.key_tt = key->tt_;
      n->u.key_val = key->value_;
      setobj(L, gval(n), value);
      return;
    }
    if (w_collide(L, t, n, key, value)) return;
  }
  luaH_set(L, t, key, value);
}

#endif
