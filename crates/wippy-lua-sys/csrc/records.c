/*
** Records: tables whose fields are known beforehand, such as events. Each kind of them is laid out once, for a state and all
** of its copies; a new one is a copy of that layout with values put in.
*/
#include "records.h"

#include <string.h>

#include "lapi.h"
#include "lgc.h"

/* What the fields are called, in the order in which their values come. */
static const char *const names[W_RECORDS_N][W_FEW] = {
#define X(record, ...) {__VA_ARGS__},
    W_RECORDS(X)
#undef X
};

static unsigned count(int record) {
  unsigned n = 0;
  while (n < W_FEW && names[record][n] != NULL) n++;
  return n;
}

void w_keep_names(lua_State *L) {
  int record;
  unsigned i;
  for (record = 0; record < W_RECORDS_N; record++)
    for (i = 0; i < count(record); i++) {
      TString *ts = luaS_newlstr(L, names[record][i], strlen(names[record][i]));
      /* A text that was there already is kept by whoever made it: nothing else is in a state so young. */
      if (G(L)->allgc == obj2gco(ts)) luaC_fix(L, obj2gco(ts));
      lua_assert(!iswhite(ts));
    }
}

static unsigned place_of(const Table *t, const TString *name) {
  unsigned i = 0;
  while (!keyisshrstr(gnode(t, i)) || keystrval(gnode(t, i)) != name) i++;
  return i;
}

void w_lay_out(lua_State *L, int record, WLayout *layout) {
  const Table *t;
  unsigned i;
  layout->n = (lu_byte)count(record);
  w_new_table(L, 0, layout->n);
  for (i = 0; i < layout->n; i++) {
    lua_pushboolean(L, 1);
    w_set_field(L, -2, names[record][i], strlen(names[record][i]));
  }
  t = hvalue(s2v(L->top.p - 1));
  lua_assert(sizenode(t) <= W_FEW);
  layout->log = t->lsizenode;
  memcpy(layout->node, t->node, sizeof(Node) << layout->log);
  for (i = 0; i < layout->n; i++)
    layout->place[i] = (lu_byte)place_of(t, luaS_newlstr(L, names[record][i], strlen(names[record][i])));
  lua_pop(L, 1);
}

void w_push_record(lua_State *L, const WLayout *layout) {
  Table *t = luaH_new(L); /* no collector runs that could take it, or that has seen it */
  Node *node = luaM_newvector(L, (size_t)1 << layout->log, Node);
  unsigned i;
  memcpy(node, layout->node, sizeof(Node) << layout->log);
  L->top.p -= layout->n;
  for (i = 0; i < layout->n; i++) setobj(L, gval(&node[layout->place[i]]), s2v(L->top.p + i));
  t->node = node;
  t->lsizenode = layout->log;
  setnodummy(t);
  sethvalue2s(L, L->top.p, t);
  api_incr_top(L);
}
