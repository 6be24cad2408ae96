/*
** table.sort where comparing runs code: a comparator, or __lt. A merge of ever longer runs, whose state lies in an object of
** its own, so that it can be suspended in every comparison. The elements are copied first and put back in order at last:
** whatever a comparison does, the list has all of its elements at any time. Equal elements keep their order.
*/
#include "elements.h"

#include "lapi.h"

#include <limits.h>
#include <string.h>

enum { LIST = 1, COMPARATOR, ELEMENTS, STATE }; /* on the stack */

/* ---- asking ------------------------------------------------------------------------------------------------------ */

/* First the comparator is pushed, if there is one, then two values; `ask` has them replaced by whether the first is less. */
static void begin_question(lua_State *L) {
  W_TICK(L)
  if (!lua_isnil(L, COMPARATOR)) lua_pushvalue(L, COMPARATOR);
}

static void ask(lua_State *L, lua_KContext context, lua_KFunction again) {
  int type = lua_type(L, -1);
  if (!lua_isnil(L, COMPARATOR)) {
    lua_callk(L, 2, 1, context, again);
    return;
  }
  if (((type != LUA_TNUMBER && type != LUA_TSTRING) || lua_type(L, -2) != type) &&
      (w_push_metamethod(L, -2, TM_LT) || w_push_metamethod(L, -1, TM_LT))) {
    lua_insert(L, -3);
    lua_callk(L, 2, 1, context, again);
    return;
  }
  lua_pushboolean(L, lua_compare(L, -2, -1, LUA_OPLT));
  lua_replace(L, -3);
  lua_pop(L, 1);
}

static int pop_answer(lua_State *L) {
  int answer = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return answer;
}

/* ---- few elements ------------------------------------------------------------------------------------------------ */

/* These lie on the stack, behind the comparator: each is put in its place among those before. */
#define FEW 8

static int few_put_back(lua_State *L, int status, lua_KContext i) {
  int n = lua_gettop(L) - COMPARATOR;
  (void)status;
  for (; i < n; i++) {
    lua_pushvalue(L, COMPARATOR + (int)i + 1);
    w_set_element(L, LIST, i + 1, i + 1, few_put_back);
  }
  return 0;
}

/* Element `i` goes before `j`. */
static void settle(lua_State *L, int i, int j) {
  lua_pushvalue(L, COMPARATOR + i);
  for (; i > j; i--) lua_copy(L, COMPARATOR + i - 1, COMPARATOR + i);
  lua_replace(L, COMPARATOR + j);
}

static int few_compared(lua_State *L, int status, lua_KContext both);

/* Element `i` is less than those from `j` on which lie before it; what about the one before these? */
static int sort_few(lua_State *L, int i, int j) {
  int n = lua_gettop(L) - COMPARATOR;
  while (i <= n) {
    if (j > 1) {
      begin_question(L);
      lua_pushvalue(L, COMPARATOR + i);
      lua_pushvalue(L, COMPARATOR + j - 1);
      ask(L, i * (FEW + 1) + j, few_compared);
      if (pop_answer(L)) {
        j--;
        continue;
      }
    }
    settle(L, i, j);
    j = ++i;
  }
  return few_put_back(L, LUA_OK, 0);
}

static int few_compared(lua_State *L, int status, lua_KContext both) {
  int i = (int)both / (FEW + 1), j = (int)both % (FEW + 1);
  (void)status;
  if (pop_answer(L)) return sort_few(L, i, j - 1);
  settle(L, i, j);
  return sort_few(L, i + 1, i + 1);
}

static int few_fetched(lua_State *L, int status, lua_KContext n);

static int fetch_few(lua_State *L, int n) {
  while (lua_gettop(L) < COMPARATOR + n) w_get_element(L, LIST, lua_gettop(L) - COMPARATOR + 1, n, few_fetched);
  return sort_few(L, 2, 2);
}

static int few_fetched(lua_State *L, int status, lua_KContext n) {
  (void)status;
  return fetch_few(L, (int)n);
}

/* ---- many elements ----------------------------------------------------------------------------------------------- */

/* Shorter runs are merged without asking whether they lie in order already. */
#define LONG_RUN 8u

/*
** The elements lie in a table that no program sees, twice as long as the list: runs are merged from one half into the other.
** So nothing enters the table but in the beginning, and moving an element is no matter of the collector.
*/
typedef struct Sort {
  unsigned n;
  unsigned width;           /* of the runs that are merged; those at the end may be shorter */
  unsigned left, left_end;  /* of two runs next to each other, what is still to be merged */
  unsigned right, right_end;
  unsigned out;             /* where the next one goes */
  unsigned char whole;      /* asks first whether the right run belongs behind the left one as a whole */
  unsigned char second;     /* the runs lie in the second half */
} Sort;

static Sort *state_of(lua_State *L) { return lua_touserdata(L, STATE); }

static void begin_runs(Sort *s, unsigned at) {
  unsigned rest = s->n - at;
  s->left = s->out = at;
  s->left_end = s->right = at + (rest < s->width ? rest : s->width);
  rest = s->n - s->right;
  s->right_end = s->right + (rest < s->width ? rest : s->width);
  s->whole = s->width >= LONG_RUN;
}

/* Moves the next `n` of a run. */
static void take(lua_State *L, Sort *s, unsigned *run, unsigned n) {
  const Table *t = hvalue(w_value_at(L, ELEMENTS));
  unsigned from = *run + (s->second ? s->n : 0), to = s->out + (s->second ? 0 : s->n), i;
  for (i = 0; i < n; i++) {
    *getArrTag(t, to + i) = *getArrTag(t, from + i);
    *getArrVal(t, to + i) = *getArrVal(t, from + i);
  }
  *run += n;
  s->out += n;
}

static void push_element(lua_State *L, const Sort *s, unsigned i) {
  const Table *t = hvalue(w_value_at(L, ELEMENTS));
  if (s->second) i += s->n;
  arr2obj(t, i, s2v(L->top.p));
  if (ttisnil(s2v(L->top.p))) setnilvalue(s2v(L->top.p)); /* there are several nils in tables, and one outside */
  api_incr_top(L);
}

/*
** Which runs are merged next, 0 if there is one run left. Those that have just been made come first, while what they hold is
** in the caches: two of equal length that have the same parent, before any that are further right.
*/
static int next_runs(Sort *s) {
  unsigned end = s->out, both = s->width * 2;
  if (end == s->n && both >= end) return 0;
  if (end == s->n || end / both % 2 == 0) {
    s->width = both;
    s->second = !s->second;
    begin_runs(s, (end - 1) / (both * 2) * (both * 2));
  } else {
    s->width = 1;
    s->second = 0;
    begin_runs(s, end);
  }
  return 1;
}

/* Goes on to where a comparison is needed; 0 if everything is in order. */
static int needs_comparison(lua_State *L, Sort *s) {
  while (s->left == s->left_end || s->right == s->right_end) {
    take(L, s, &s->left, s->left_end - s->left);
    take(L, s, &s->right, s->right_end - s->right);
    if (next_runs(s)) continue;
    s->second = !s->second;
    return 0;
  }
  return 1;
}

/* What was asked: is the first one of the right run less than the first one on the left, or than the last one? */
static void take_answer(lua_State *L, Sort *s, int less) {
  if (s->whole) {
    s->whole = 0;
    if (!less) take(L, s, &s->left, s->left_end - s->left);
  } else {
    take(L, s, less ? &s->right : &s->left, 1);
  }
}

static int sorted(lua_State *L, int status, lua_KContext i);
static int compared(lua_State *L, int status, lua_KContext context);
static int resumed(lua_State *L, int status, lua_KContext context);

/* Puts the elements back, from number `i` on. */
static int put_back(lua_State *L, unsigned i) {
  const Sort *s = state_of(L);
  for (; i < s->n; i++) {
    W_TICK(L)
    push_element(L, s, i);
    w_set_element(L, LIST, (lua_Integer)i + 1, (lua_KContext)i + 1, sorted);
  }
  return 0;
}

static int sorted(lua_State *L, int status, lua_KContext i) {
  (void)status;
  return put_back(L, (unsigned)i);
}

static int merge(lua_State *L, Sort *s) {
  while (needs_comparison(L, s)) {
    if (w_must_give_way(L)) return lua_yieldk(L, 0, 0, resumed);
    begin_question(L);
    push_element(L, s, s->right);
    push_element(L, s, s->whole ? s->left_end - 1 : s->left);
    ask(L, 0, compared);
    take_answer(L, s, pop_answer(L));
  }
  return put_back(L, 0);
}

static int resumed(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return merge(L, state_of(L));
}

static int compared(lua_State *L, int status, lua_KContext context) {
  Sort *s = state_of(L);
  (void)status, (void)context;
  take_answer(L, s, pop_answer(L));
  return merge(L, s);
}

static int fetched(lua_State *L, int status, lua_KContext i);

/* Copies the elements, from number `i` on. */
static int fetch(lua_State *L, lua_Integer i) {
  Sort *s = state_of(L);
  for (; i < s->n; i++) {
    W_TICK(L)
    w_get_element(L, LIST, i + 1, i + 1, fetched);
    lua_rawseti(L, ELEMENTS, i + 1);
  }
  return merge(L, s);
}

static int fetched(lua_State *L, int status, lua_KContext i) {
  (void)status;
  lua_rawseti(L, ELEMENTS, i);
  return fetch(L, i);
}

/* The length of the list is on top. */
static int measured(lua_State *L, int status, lua_KContext context) {
  lua_Integer n = w_take_length(L);
  Sort *s;
  (void)status, (void)context;
  if (n <= 1) return 0;
  luaL_argcheck(L, n < INT_MAX / 2, LIST, "array too big");
  if (!lua_isnoneornil(L, COMPARATOR)) luaL_checktype(L, COMPARATOR, LUA_TFUNCTION);
  lua_settop(L, COMPARATOR);
  if (n <= FEW) return fetch_few(L, (int)n);
  lua_createtable(L, (int)n * 2, 0);
  s = lua_newuserdatauv(L, sizeof *s, 0);
  memset(s, 0, sizeof *s);
  s->n = (unsigned)n;
  s->width = 1;
  begin_runs(s, 0);
  return fetch(L, 0);
}

/* Whether an element at the top level of a list has an order of its own. */
static int has_order(lua_State *L, int list) {
  const Table *t = lua_topointer(L, list);
  lua_Unsigned i, n = lua_rawlen(L, list);
  if (n >= INT_MAX) return 0; /* Lua's own complains: a border of a table with few elements may lie anywhere */
  for (i = 0; i < n; i++) {
    W_TICK(L)
    if (i < t->asize) {
      int type = novariant(*getArrTag(t, i));
      if (type == LUA_TNUMBER || type == LUA_TSTRING) continue;
    }
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    if (w_push_metamethod(L, -1, TM_LT)) {
      lua_pop(L, 2);
      return 1;
    }
    lua_pop(L, 1);
  }
  return 0;
}

int w_sort_runs_code(lua_State *L) {
  if (w_runs_code(L, LIST)) return 1;
  return lua_istable(L, LIST) && (!lua_isnoneornil(L, COMPARATOR) || has_order(L, LIST));
}

int w_list_sort(lua_State *L) {
  if (!w_runs_code(L, LIST)) {
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, LIST));
    return measured(L, LUA_OK, 0);
  }
  w_check_list(L, LIST, W_READ | W_WRITE | W_LENGTH);
  w_get_length(L, LIST, 0, measured);
  return measured(L, LUA_OK, 0);
}
