/*
** string.gsub where a replacement is what code says: a function, or a table that runs code. What it has done so far lies in an
** object, so that it can be suspended in every call. A part of lstrlib.c, whose patterns it uses; for all other replacements
** Lua's own function stays.
*/
#ifndef wippy_gsub_h
#define wippy_gsub_h

#include "elements.h"

enum { W_SUBJECT = 1, W_PATTERN, W_REPLACEMENT, W_GSUB }; /* on the stack */

/* So many bytes of a result are kept without looking how long it becomes. */
#define W_GSUB_ROOM 256

typedef struct WGsub {
  size_t at;     /* in the subject: where the next match may begin */
  size_t match;  /* where the match begins whose replacement is asked for; it ends at `at` */
  size_t copied; /* what lies before is in the result */
  lua_Integer n, max;
  int ended;
  size_t used, room;
  char result[];
} WGsub;

static WGsub *w_gsub_new (lua_State *L, size_t room) {
  WGsub *g = lua_newuserdatauv(L, sizeof *g + room, 0);
  memset(g, 0, sizeof *g);
  g->room = room;
  return g;
}

static WGsub *w_gsub_add (lua_State *L, WGsub *g, const char *text, size_t n) {
  if (n > g->room - g->used) {
    size_t used = g->used, room = used + n, more = g->room * 2, subject = lua_rawlen(L, W_SUBJECT);
    WGsub *larger;
    if (n > MAX_SIZE - sizeof *g - used) luaL_error(L, "resulting string too large");
    if (room < more) room = more;
    if (room < subject + W_GSUB_ROOM) room = subject + W_GSUB_ROOM;
    larger = w_gsub_new(L, room);
    memcpy(larger, g, sizeof *g + used);
    larger->room = room;
    lua_replace(L, W_GSUB);
    g = larger;
  }
  memcpy(g->result + g->used, text, n);
  g->used += n;
  return g;
}

/* Takes a replacement from the top. */
static WGsub *w_gsub_replace (lua_State *L, WGsub *g, const char *subject) {
  if (lua_toboolean(L, -1)) {
    size_t n;
    const char *text;
    if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    text = lua_tolstring(L, -1, &n);
    if (g->match != g->copied) g = w_gsub_add(L, g, subject + g->copied, g->match - g->copied);
    g = w_gsub_add(L, g, text, n);
    g->copied = g->at;
  }
  lua_pop(L, 1);
  return g;
}

/* The next match, whose end is `at` then; 0 if there is none. */
static int w_gsub_match (WGsub *g, MatchState *ms, const char *pattern, int anchored) {
  const char *at = ms->src_init + g->at, *end;
  const char *last = g->n > 0 ? at : NULL; /* the end of the last match, where an empty one does not count */
  if (g->ended || g->n >= g->max) return 0;
  g->ended = anchored;
  for (;; at++) {
    reprepstate(ms);
    end = match(ms, at, pattern);
    if (end != NULL && end != last) break;
    if (at == ms->src_end || anchored) return 0;
  }
  g->match = ct_diff2sz(at - ms->src_init);
  g->at = ct_diff2sz(end - ms->src_init);
  g->n++;
  return 1;
}

/* The results. */
static int w_gsub_end (lua_State *L, WGsub *g, const char *subject, size_t n) {
  if (g->copied == 0 && g->used == 0) {
    lua_pushvalue(L, W_SUBJECT);
  } else {
    g = w_gsub_add(L, g, subject + g->copied, n - g->copied);
    lua_pushlstring(L, g->result, g->used);
  }
  lua_pushinteger(L, g->n);
  return 2;
}

/* Makes the pattern ready; tells whether it is bound to the beginning. */
static int w_gsub_prepare (lua_State *L, MatchState *ms, const char **pattern) {
  size_t ls, lp;
  const char *s = lua_tolstring(L, W_SUBJECT, &ls), *p = lua_tolstring(L, W_PATTERN, &lp);
  int anchored = *p == '^';
  prepstate(ms, L, s, ls, p + anchored, lp - (size_t)anchored);
  *pattern = p + anchored;
  return anchored;
}

static int w_gsub_again (lua_State *L, int status, lua_KContext given);

/* Replaces the match that has been found, and all others. */
static int w_gsub_on (lua_State *L, WGsub *g, MatchState *ms, const char *pattern, int anchored) {
  const char *s = ms->src_init;
  int calls = lua_type(L, W_REPLACEMENT) == LUA_TFUNCTION;
  do {
    const char *from = s + g->match, *to = s + g->at;
    if (calls) {
      lua_pushvalue(L, W_REPLACEMENT);
      lua_callk(L, push_captures(ms, from, to), 1, 1, w_gsub_again);
    } else {
      push_onecapture(ms, 0, from, to);
      w_index(L, W_REPLACEMENT, 1, w_gsub_again);
    }
    g = w_gsub_replace(L, g, s);
    if (w_must_give_way(L)) return lua_yieldk(L, 0, 0, w_gsub_again);
  } while (w_gsub_match(g, ms, pattern, anchored));
  return w_gsub_end(L, g, s, ct_diff2sz(ms->src_end - s));
}

/* Goes on after a wait: with a replacement on top, or without. */
static int w_gsub_again (lua_State *L, int status, lua_KContext given) {
  WGsub *g = lua_touserdata(L, W_GSUB);
  MatchState ms;
  const char *pattern;
  int anchored = w_gsub_prepare(L, &ms, &pattern);
  (void)status;
  if (given) g = w_gsub_replace(L, g, ms.src_init);
  if (w_gsub_match(g, &ms, pattern, anchored)) return w_gsub_on(L, g, &ms, pattern, anchored);
  return w_gsub_end(L, g, ms.src_init, ct_diff2sz(ms.src_end - ms.src_init));
}

static int w_gsub (lua_State *L) {
  size_t n;
  WGsub first, *g;
  MatchState ms;
  const char *pattern;
  int anchored;
  if (!lua_isfunction(L, W_REPLACEMENT) && !(lua_istable(L, W_REPLACEMENT) && w_index_runs_code(L, W_REPLACEMENT)))
    return str_gsub(L);
  luaL_checklstring(L, W_SUBJECT, &n);
  luaL_checkstring(L, W_PATTERN);
  memset(&first, 0, sizeof first);
  first.max = luaL_optinteger(L, 4, cast_st2S(n) + 1);
  lua_settop(L, W_REPLACEMENT);
  anchored = w_gsub_prepare(L, &ms, &pattern);
  if (!w_gsub_match(&first, &ms, pattern, anchored)) return w_gsub_end(L, &first, ms.src_init, n);
  g = w_gsub_new(L, n < W_GSUB_ROOM ? n + n / 2 : 0);
  first.room = g->room;
  *g = first;
  return w_gsub_on(L, g, &ms, pattern, anchored);
}

#endif
