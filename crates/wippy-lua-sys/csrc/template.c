/*
** Templates. Two states are built alike, with the same seed, in two places whose distance is a power of two (hash
** tables take addresses modulo 2^n - 1, so any other distance may hide a table that is ordered by address). A word that
** differs by just that distance is an address; one that differs in another way means that the state cannot be copied.
**
** Each place has two regions. P is the block that copies copy. S, below it, holds what never changes: strings,
** prototypes, and all that is made while libraries are opened. Copies of one template share S; their collectors must not
** see it, and the operating system refuses to write there.
**
** Comparing cannot see time, nor who owns what: hence w_build_impure and the walk over all objects.
*/
#define LUA_CORE
#include "template.h"
#include "memory.h"
#include "freeze.h"
#include "sanitize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lobject.h"
#include "lstate.h"
#include "lgc.h"
#include "ldo.h"
#include "lfunc.h"
#include "lmem.h"
#include "lstring.h"
#include "ltable.h"
#include "ltm.h"

#define S_SIZE ((size_t)8 << 20)
#define P_SIZE ((size_t)4 << 20)
#define DISTANCE ((size_t)16 << 20)
#define STRINGS 16            /* buckets of a copy's own string table */
#define MAIN_STACK 12         /* slots of the main thread, which runs nothing itself */
#define FIRST_DEBT (6 * 1024) /* a copy allocates so much before its first collection */

/* One of the two places. */
typedef struct WHalf {
  char *shared;         /* S */
  size_t used, live;    /* bytes of S handed out, and of those not freed */
  WProc *p;             /* stands at the beginning of P */
  int phase;
  const char *impurity;
  int interrupted;
  struct Spill *spilled; /* what Rust has made beyond both places; the build is given up as soon as Rust is done */
} WHalf;

typedef struct Spill {
  struct Spill *next;
} Spill;

struct WBuild {
  char *mapping;
  WHalf half[2];
};

struct WTemplate {
  char *image;
  size_t first, bytes;   /* the image is for [first, bytes) of a block */
  uintptr_t base;        /* where that block stood */
  uint32_t *moved;
  size_t moved_n;
  size_t state, task;    /* offsets; task may be 0 */
  uint32_t holes;
  size_t counted;        /* bytes in use, as the allocator counts them */
  void *classes;
  char *shared;
  size_t shared_bytes;
};

static int in_shared(const WHalf *h, const void *at) { return (size_t)((const char *)at - h->shared) < S_SIZE; }

/* ---- building ---------------------------------------------------------------------------------------------------- */

WBuild *w_build_begin(void) {
  WBuild *b = calloc(1, sizeof *b);
  int i;
  if (b == NULL) return NULL;
  b->mapping = mmap(NULL, 2 * DISTANCE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (b->mapping == MAP_FAILED) {
    free(b);
    return NULL;
  }
  for (i = 0; i < 2; i++) b->half[i].shared = b->mapping + (size_t)i * DISTANCE;
  return b;
}

void *w_build_place(WBuild *b, int which, size_t *size) {
  *size = P_SIZE;
  return b->half[which].shared + S_SIZE;
}

void w_build_enter(WBuild *b, int which, WProc *p) {
  W_OPEN(p, P_SIZE); /* all of it is compared and copied */
  b->half[which].p = p;
  p->build = &b->half[which];
}

void w_build_phase(WProc *p, int phase) {
  if (p->build != NULL) p->build->phase = phase;
}

void w_build_impure(WProc *p, const char *what) {
  if (p->build != NULL && p->build->impurity == NULL) p->build->impurity = what;
}

int w_build_patience(WProc *p, int most) {
  if (p->build->interrupted < 16) p->build->interrupted++;
  return most >> p->build->interrupted;
}

const char *w_build_impurity(const WProc *p) { return p->build == NULL ? NULL : p->build->impurity; }

void w_build_drop(WBuild *b) {
  int i;
  for (i = 0; i < 2; i++)
    while (b->half[i].spilled != NULL) {
      Spill *next = b->half[i].spilled->next;
      free(b->half[i].spilled);
      b->half[i].spilled = next;
    }
  munmap(b->mapping, 2 * DISTANCE);
  free(b);
}

static void *shared_take(WHalf *h, size_t n) {
  char *at = h->shared + h->used;
  n = (n + 7) & ~(size_t)7;
  if (n > S_SIZE - h->used) return NULL;
  h->used += n;
  return at;
}

/* Memory for Rust, which cannot be told that there is none. Nothing of it is freed before the build is given up. */
static void *spill(WHalf *h, const void *old, size_t osize, size_t nsize) {
  Spill *s = malloc(sizeof(Spill) + nsize);
  if (s == NULL) abort(); /* a machine without memory has no way out */
  s->next = h->spilled;
  h->spilled = s;
  if (old != NULL) memcpy(s + 1, old, osize < nsize ? osize : nsize);
  return s + 1;
}

static int is_spilled(const WHalf *h, const WProc *p, const void *at) {
  return h->spilled != NULL && !in_shared(h, at) && (uintptr_t)at - (uintptr_t)p >= p->block_size;
}

void *w_build_allocate(WProc *p, void *old, size_t osize, size_t nsize) {
  WHalf *h = p->build;
  int shared, tag = (int)osize;
  void *fresh;
  if (old != NULL && is_spilled(h, p, old)) return nsize == 0 ? NULL : spill(h, old, osize, nsize);
  if (old != NULL) {
    shared = in_shared(h, old);
    if (nsize == 0) {
      if (shared) {
        memset(old, 0, osize);
        h->live -= osize;
      } else {
        w_block_allocate(p, old, osize, 0);
        p->used -= osize;
      }
      return NULL;
    }
  } else if (nsize == 0)
    return NULL;
  else {
    osize = 0;
    shared = h->phase == W_PHASE_LIBRARY ? tag != LUA_TTHREAD
                                         : tag == LUA_TSTRING || tag == LUA_TPROTO ||
                                               (h->phase == W_PHASE_LOADING && tag == 0);
  }
  if (!shared) {
    fresh = w_block_allocate(p, old, osize, nsize);
    if (fresh != NULL) p->used += nsize - osize;
  } else {
    fresh = shared_take(h, nsize);
    if (fresh != NULL) {
      if (old != NULL) {
        memcpy(fresh, old, osize < nsize ? osize : nsize);
        memset(old, 0, osize);
      }
      h->live += nsize - osize;
    }
  }
  if (fresh == NULL) w_build_impure(p, "much memory"); /* which a copy may have */
  if (fresh == NULL && p->in_rust) return spill(h, old, osize, nsize);
  return fresh;
}

/* ---- freezing ---------------------------------------------------------------------------------------------------- */

/* Marks the absent metamethods, so that nobody ever writes this down while the table is shared. */
static void complete_flags(global_State *g, Table *t) {
  int event;
  for (event = 0; event <= TM_EQ; event++)
    if (ttisnil(luaH_Hgetshortstr(t, g->tmname[event]))) t->flags |= cast_byte(1u << event);
}

/* Takes the objects of S out of a list of the collector. The first reason against sharing one of them, or NULL. */
static const char *unlink_shared(global_State *g, WHalf *h, GCObject **list, stringtable *strings) {
  GCObject *o;
  while ((o = *list) != NULL) {
    if (!in_shared(h, o)) {
      list = &o->next;
      continue;
    }
    *list = o->next;
    o->next = NULL;
    o->marked = (lu_byte)(bitmask(BLACKBIT) | G_OLD); /* never white: no collector marks, ages or frees it */
    switch (o->tt) {
      case LUA_VSHRSTR: {
        TString *s = gco2ts(o), **bucket = &strings->hash[lmod(s->hash, strings->size)];
        s->u.hnext = *bucket;
        *bucket = s;
        strings->nuse++;
        break;
      }
      case LUA_VLNGSTR:
        luaS_hashlongstr(gco2ts(o)); /* two copies that do it later would write to the same place */
        break;
      case LUA_VPROTO: gco2p(o)->gclist = NULL; break;
      case LUA_VTABLE: {
        Table *t = gco2t(o);
        t->gclist = NULL;
        if (!(t->flags & W_FROZEN)) return "a table of a library can be changed";
        complete_flags(g, t);
        break;
      }
      case LUA_VUSERDATA:
        if (gco2u(o)->nuvalue > 0) gco2u(o)->gclist = NULL;
        break;
      case LUA_VCCL: gco2ccl(o)->gclist = NULL; break;
      default: return "a library holds a Lua function or a coroutine";
    }
  }
  return NULL;
}

static void free_call_infos(lua_State *L) {
  CallInfo *ci = L->ci->next, *next;
  L->ci->next = NULL;
  for (; ci != NULL; ci = next) {
    next = ci->next;
    luaM_free(L, ci);
    L->nci--;
  }
}

/* Cuts what lies free at the end of the block. Holes are in order while a template is built. */
static void trim(WProc *p) {
  uint32_t *link = &p->holes;
  while (*link != 0) {
    uint32_t *hole = (uint32_t *)((char *)p + *link);
    if (*link + hole[0] == p->top) {
      p->top = *link;
      *link = 0;
      memset(hole, 0, 8);
      return;
    }
    link = &hole[1];
  }
}

/* Whatever the operating system is asked to keep from being written must begin and end with a page. */
static size_t whole_pages(size_t n) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (n + page - 1) & ~(page - 1);
}

const char *w_build_freeze(WProc *p) {
  WHalf *h = p->build;
  lua_State *L = p->L;
  global_State *g = G(L);
  stringtable *strings;
  GCObject *o;
  const char *why;
  int i, j;
  h->phase = W_PHASE_PLAIN;
  if (L->ci != &L->base_ci || L->errorJmp != NULL || getCcalls(L) != 0) return "something still runs";
  if (g->gckind != KGC_INC) return "the collector is in another mode";
  if (g->finobj != NULL) return "an object has a finalizer";
  luaC_fullgc(L, 0);
  if (g->finobj != NULL || g->tobefnz != NULL) return "an object has a finalizer";
  free_call_infos(L);
  for (o = g->allgc; o != NULL; o = o->next)
    if (o->tt == LUA_VTHREAD) {
      free_call_infos(gco2th(o));
      lua_sethook(gco2th(o), NULL, 0, 0); /* the one that counts; coroutines inherit it */
    }
  luaD_reallocstack(L, MAIN_STACK, 0);
  /* The table of shared strings, half full at most. */
  strings = shared_take(h, sizeof *strings);
  if (strings == NULL) return "too large to be shared";
  strings->size = 64;
  while (strings->size < g->strt.nuse * 2) strings->size *= 2;
  strings->nuse = 0;
  strings->hash = shared_take(h, (size_t)strings->size * sizeof(TString *));
  if (strings->hash == NULL) return "too large to be shared";
  if ((why = unlink_shared(g, h, &g->allgc, strings)) != NULL) return why;
  if ((why = unlink_shared(g, h, &g->fixedgc, strings)) != NULL) return why;
  if (g->fixedgc != NULL) return "the core holds an object that is not shared";
  g->shared = strings;
  /* The copy's own strings: none. */
  {
    TString **own = w_build_allocate(p, NULL, 0, STRINGS * sizeof(TString *));
    if (own == NULL) return "not enough memory";
    memset(own, 0, STRINGS * sizeof(TString *));
    w_build_allocate(p, g->strt.hash, (size_t)g->strt.size * sizeof(TString *), 0);
    g->GCtotalbytes -= (l_mem)(((size_t)g->strt.size - STRINGS) * sizeof(TString *));
    g->strt.hash = own;
    g->strt.size = STRINGS;
    g->strt.nuse = 0;
  }
  for (i = 0; i < STRCACHE_N; i++)
    for (j = 0; j < STRCACHE_M; j++) g->strcache[i][j] = g->memerrmsg;
  g->gray = g->grayagain = g->weak = g->ephemeron = g->allweak = NULL;
  g->GCtotalbytes -= (l_mem)h->live;
  g->GCmarked -= (l_mem)h->live;
  if (g->GCmarked < 0) g->GCmarked = 0;
  luaE_setdebt(g, FIRST_DEBT);
  trim(p);
  return NULL;
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

/* Whether an object may be copied bit by bit: it owns nothing outside, and nobody outside knows it. */
static const char *judge(WProc *p, GCObject *o) {
  switch (o->tt) {
    case LUA_VUSERDATA:
      /* Without a metatable: the state of string.gmatch, all of whose pointers are seen by comparing. */
      if (gco2u(o)->metatable != NULL && !w_is_plain_class(p, gco2u(o)->metatable))
        return "a userdata may own something";
      return NULL;
    case LUA_VLNGSTR: return gco2ts(o)->shrlen == LSTRMEM ? "a string owns its text" : NULL;
    case LUA_VTHREAD: {
      lua_State *L = gco2th(o);
      if (L->errorJmp != NULL) return "a coroutine is in a protected call";
      if (L->hook != NULL || L->hookmask != 0) return "a coroutine has a hook";
      if (L->status != LUA_OK && L->status != LUA_YIELD) return "a coroutine has failed";
      return NULL;
    }
    default: return NULL;
  }
}

static const char *walk(WProc *p) {
  global_State *g = G(p->L);
  GCObject *o;
  const char *why;
  if (g->panic != NULL || g->warnf != NULL) return "the state has a panic function";
  if (p->L->hook != NULL || p->L->hookmask != 0) return "the main thread has a hook";
  for (o = g->allgc; o != NULL; o = o->next)
    if ((why = judge(p, o)) != NULL) return why;
  return NULL;
}

static const char *unequal(const WHalf *a, const WHalf *b) {
  if (a->used != b->used || a->live != b->live) return "the shared parts differ in size";
  if (a->p->top != b->p->top || a->p->holes != b->p->holes || a->p->used != b->p->used) return "the blocks differ in size";
  if ((char *)b->p->L - (char *)b->p != (char *)a->p->L - (char *)a->p) return "the states differ in place";
  return NULL;
}

/* Words of S may only lead into S. */
static const char *compare_shared(const WHalf *a, const WHalf *b) {
  size_t i;
  for (i = 0; i < a->used; i += sizeof(uintptr_t)) {
    uintptr_t x = *(uintptr_t *)(a->shared + i), y = *(uintptr_t *)(b->shared + i);
    if (x != y && (y - x != DISTANCE || !in_shared(a, (void *)x)))
      return "what is shared leads to what is not, or depends on an address";
  }
  return NULL;
}

/* Finds the words of P that lead into P. */
static const char *compare_blocks(const WHalf *a, const WHalf *b, WTemplate *t, size_t *where) {
  size_t i, n = 0;
  t->moved = malloc((t->bytes - t->first) / sizeof(uintptr_t) * sizeof(uint32_t) + sizeof(uint32_t));
  if (t->moved == NULL) return "not enough memory";
  for (i = t->first; i < t->bytes; i += sizeof(uintptr_t)) {
    uintptr_t x = *(uintptr_t *)((char *)a->p + i), y = *(uintptr_t *)((char *)b->p + i);
    if (x == y || (y - x == DISTANCE && in_shared(a, (void *)x))) continue;
    /* What lies dead on a stack may lead to what was cut off at the end. */
    if (y - x != DISTANCE || x - (uintptr_t)a->p > P_SIZE) {
      *where = i;
      return "a value depends on an address, on time or on chance";
    }
    t->moved[n++] = (uint32_t)i;
  }
  t->moved_n = n;
  return NULL;
}

WTemplate *w_build_finish(WBuild *b, size_t first, lua_State *const tasks[2], char *why, size_t size) {
  WHalf *a = &b->half[0];
  WTemplate *t = calloc(1, sizeof *t);
  size_t where = 0;
  const char *reason = t == NULL ? "not enough memory" : unequal(a, &b->half[1]);
  if (reason == NULL) {
    t->first = (first + 7) & ~(size_t)7;
    t->bytes = a->p->top;
    t->base = (uintptr_t)a->p;
    t->state = (size_t)((char *)a->p->L - (char *)a->p);
    t->task = tasks[0] == NULL ? 0 : (size_t)((char *)tasks[0] - (char *)a->p);
    t->holes = a->p->holes;
    t->counted = a->p->used;
    t->classes = a->p->classes;
    t->shared = a->shared;
    t->shared_bytes = whole_pages(a->used);
    if (tasks[0] != NULL && (size_t)((char *)tasks[1] - (char *)b->half[1].p) != t->task) reason = "the tasks differ in place";
  }
  if (reason == NULL) reason = walk(a->p);
  if (reason == NULL) reason = compare_shared(a, &b->half[1]);
  if (reason == NULL) reason = compare_blocks(a, &b->half[1], t, &where);
  if (reason == NULL && (t->image = malloc(t->bytes - t->first)) == NULL) reason = "not enough memory";
  if (reason != NULL) {
    if (where == 0) snprintf(why, size, "%s", reason);
    else
      snprintf(why, size, "%s (word at %zu of %zu: %#zx, %#zx)", reason, where, t->bytes,
               *(size_t *)((char *)a->p + where), *(size_t *)((char *)b->half[1].p + where));
    if (t != NULL) free(t->moved);
    free(t);
    w_build_drop(b);
    return NULL;
  }
  memcpy(t->image, (char *)a->p + t->first, t->bytes - t->first);
  munmap(a->shared + t->shared_bytes, 2 * DISTANCE - t->shared_bytes);
  mprotect(a->shared, t->shared_bytes, PROT_READ);
  free(b);
  return t;
}

/* ---- copying ----------------------------------------------------------------------------------------------------- */

size_t w_template_bytes(const WTemplate *t) { return t->bytes; }
size_t w_template_shared(const WTemplate *t) { return t->shared_bytes; }
size_t w_template_moved(const WTemplate *t) { return t->moved_n; }

lua_State *w_template_copy(const WTemplate *t, WProc *p) {
  uintptr_t distance = (uintptr_t)p - t->base;
  size_t i;
  W_OPEN((char *)p + t->first, t->bytes - t->first);
  memcpy((char *)p + t->first, t->image, t->bytes - t->first);
  for (i = 0; i < t->moved_n; i++) *(uintptr_t *)((char *)p + t->moved[i]) += distance;
  p->L = (lua_State *)((char *)p + t->state);
  p->top = (uint32_t)t->bytes;
  p->holes = t->holes;
  p->used = t->counted;
  p->classes = t->classes;
  w_shut_holes(p);
  return t->task == 0 ? NULL : (lua_State *)((char *)p + t->task);
}

void w_template_free(WTemplate *t) {
  munmap(t->shared, t->shared_bytes);
  free(t->moved);
  free(t->image);
  free(t);
}
