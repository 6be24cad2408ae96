/*
** Where the objects of one process lie. First in its block: first fit, in steps of 8 bytes, neighbours joined, because
** there every byte counts. When the block is full, small ones in pages of one size each, large ones with `malloc`.
** Lua tells the size of what it frees, so nothing is stored with an object. A process that ends gives all back without
** looking at its objects.
*/
#include "memory.h"
#include "sanitize.h"
#include "template.h"

#include "llimits.h"

#include <stdlib.h>
#include <string.h>

#define PROBES 24         /* holes of a block that are looked at */
#define PAGE 4096u        /* blocks of this size are the pages */
#define SMALL_MAX (512u - W_STRIP) /* larger ones come from malloc */
#define CLASSES 20

/* ---- in the block --------------------------------------------------------------------------------------------- */

typedef struct {
  uint32_t size, next; /* bytes; offset of the next hole, 0 for none */
} Hole;

#define HOLE(p, offset) ((Hole *)((char *)(p) + (offset)))
#define ROUND(n) ((((n) + 7) & ~(size_t)7) + W_STRIP)

static int in_block(const WProc *p, const void *at) { return (uintptr_t)at - (uintptr_t)p < p->block_size; }

/*
** First fit. A search that finds nothing is remembered: until a hole of that size is given back nobody looks again, for a
** process that lives beyond its block has its holes full of small change.
** `building`: while a template is built every hole is looked at, and what is free is zero: its bytes are compared.
*/
static inline void *block_take_as(WProc *p, size_t n, int building) {
  uint32_t *link = &p->holes;
  unsigned probes = building ? ~0u : n < p->too_large ? PROBES : 0;
  for (; probes > 0; probes--) {
    Hole *hole;
    if (*link == 0 || probes == 1) {
      if (!building) p->too_large = (uint32_t)n;
      break;
    }
    hole = HOLE(p, *link);
    if (hole->size >= n) {
      uint32_t at = *link;
      if (hole->size > n) {
        Hole rest = {hole->size - (uint32_t)n, hole->next};
        W_OPEN(HOLE(p, at + n), sizeof rest);
        *HOLE(p, at + n) = rest;
        *link = at + (uint32_t)n;
      } else
        *link = hole->next;
      W_OPEN((char *)p + at, n);
      if (building) memset((char *)p + at, 0, n);
      return (char *)p + at;
    }
    link = &hole->next;
  }
  if (p->top + n > p->block_size) return NULL;
  p->top += (uint32_t)n;
  W_OPEN((char *)p + p->top - n, n);
  return (char *)p + p->top - n;
}

static inline void block_give_as(WProc *p, void *at, size_t n, int building) {
  uint32_t offset = (uint32_t)((char *)at - (char *)p), before = 0, next, *link = &p->holes;
  unsigned probes = building ? ~0u : PROBES;
  Hole *hole;
  if (building) memset(at, 0, n);
  else W_SHUT((char *)at + sizeof(Hole), n - sizeof(Hole));
  W_OPEN(at, sizeof(Hole));
  while (*link != 0 && *link < offset && probes-- > 0) {
    before = *link;
    link = &HOLE(p, *link)->next;
  }
  next = *link;
  hole = HOLE(p, offset);
  hole->size = (uint32_t)n;
  hole->next = next;
  *link = offset;
  if (next != 0 && offset + hole->size == next) {
    Hole *neighbour = HOLE(p, next);
    hole->size += neighbour->size;
    hole->next = neighbour->next;
    if (building) memset(neighbour, 0, sizeof *neighbour);
  }
  if (before != 0 && before + HOLE(p, before)->size == offset) {
    Hole *neighbour = HOLE(p, before);
    neighbour->size += hole->size;
    neighbour->next = hole->next;
    if (building) memset(hole, 0, sizeof *hole);
    hole = neighbour;
  }
  if (hole->size >= p->too_large) p->too_large = UINT32_MAX;
}

static void *block_take(WProc *p, size_t n) { return block_take_as(p, n, p->build != NULL); }
static void block_give(WProc *p, void *at, size_t n) { block_give_as(p, at, n, p->build != NULL); }

/* ---- pages ------------------------------------------------------------------------------------------------------ */

typedef struct Page {
  struct Page *next, *previous; /* pages of this class with room */
  struct Page *newer, *older;   /* all pages of the process */
  void *free;
  uint16_t used, class, fresh, full;
} Page;

struct WSmall {
  Page *with_room[CLASSES];
  Page *newest;
  size_t pages;
};

/* Steps of 16 bytes up to 128, then four to each power of two. */
static const uint16_t class_size[CLASSES] = {16,  32,  48,  64,  80,  96,  112, 128, 160, 192,
                                             224, 256, 288, 320, 352, 384, 416, 448, 480, 512};

static unsigned class_of(size_t n) {
  n += W_STRIP;
  return n <= 128 ? (unsigned)((n - 1) / 16) : 8 + (unsigned)((n - 129) / 32);
}

static struct WSmall *open_small(WProc *p) {
  if (p->small == NULL) {
    struct WSmall *small = calloc(1, sizeof *small);
    p->small = small;
  }
  return p->small;
}

static void *page_take(WProc *p, size_t n) {
  struct WSmall *small = open_small(p);
  unsigned class = class_of(n);
  Page *page;
  void *at;
  if (small == NULL) return NULL;
  page = small->with_room[class];
  if (page == NULL) {
    page = w_block_take(PAGE);
    if (page == NULL) return NULL;
    memset(page, 0, sizeof *page);
    W_SHUT(page + 1, PAGE - sizeof *page);
    page->class = (uint16_t)class;
    page->fresh = sizeof(Page);
    page->older = small->newest;
    if (page->older != NULL) page->older->newer = page;
    small->newest = page;
    small->with_room[class] = page;
    small->pages++;
  }
  if (page->free != NULL) {
    at = page->free;
    page->free = *(void **)at;
  } else {
    at = (char *)page + page->fresh;
    page->fresh += class_size[class];
  }
  W_OPEN(at, n);
  page->used++;
  if (page->free == NULL && page->fresh + class_size[class] > PAGE) {
    page->full = 1;
    small->with_room[class] = page->next;
    if (page->next != NULL) page->next->previous = NULL;
    page->next = NULL;
  }
  return at;
}

static void page_give(WProc *p, void *at) {
  struct WSmall *small = p->small;
  Page *page = (Page *)((uintptr_t)at & ~(uintptr_t)(PAGE - 1));
  W_OPEN(at, sizeof(void *));
  *(void **)at = page->free;
  W_SHUT((char *)at + sizeof(void *), class_size[page->class] - sizeof(void *));
  page->free = at;
  page->used--;
  if (page->full) {
    page->full = 0;
    page->previous = NULL;
    page->next = small->with_room[page->class];
    if (page->next != NULL) page->next->previous = page;
    small->with_room[page->class] = page;
  }
  /* An empty page goes back to the pool, but each class keeps one: a program that frees one object takes one soon. */
  if (page->used == 0 && (page->next != NULL || page->previous != NULL)) {
    if (page->previous != NULL) page->previous->next = page->next;
    else small->with_room[page->class] = page->next;
    if (page->next != NULL) page->next->previous = page->previous;
    if (page->newer != NULL) page->newer->older = page->older;
    else small->newest = page->older;
    if (page->older != NULL) page->older->newer = page->newer;
    small->pages--;
    w_block_give(page, PAGE);
  }
}

/* ---- large ------------------------------------------------------------------------------------------------------- */

typedef struct WLarge {
  struct WLarge *next, *previous;
} Large;

static void link_large(WProc *p, Large *large) {
  large->previous = NULL;
  large->next = p->large;
  if (large->next != NULL) large->next->previous = large;
  p->large = large;
}

static void *large_take(WProc *p, size_t n) {
  Large *large = malloc(sizeof(Large) + n);
  if (large == NULL) return NULL;
  link_large(p, large);
  return large + 1;
}

static void unlink_large(WProc *p, Large *large) {
  if (large->previous != NULL) large->previous->next = large->next;
  else p->large = large->next;
  if (large->next != NULL) large->next->previous = large->previous;
}

static void *large_resize(WProc *p, void *old, size_t n) {
  Large *large = (Large *)old - 1, *moved = realloc(large, sizeof(Large) + n);
  if (moved == NULL) return NULL;
  if (moved != large) {
    if (moved->previous != NULL) moved->previous->next = moved;
    else p->large = moved;
    if (moved->next != NULL) moved->next->previous = moved;
  }
  return moved + 1;
}

/* Leaves nothing of its room open but the object itself. */
static void fit(const WProc *p, void *at, size_t n) {
#ifdef W_SANITIZE_ADDRESS
  size_t room = in_block(p, at) ? ROUND(n) : n <= SMALL_MAX ? class_size[class_of(n)] : 0;
  if (room == 0) return;
  W_SHUT(at, room);
  W_OPEN(at, n);
#else
  (void)p, (void)at, (void)n;
#endif
}

/* ---- the allocator ----------------------------------------------------------------------------------------------- */

static void *take_outside(WProc *p, size_t n) { return n <= SMALL_MAX ? page_take(p, n) : large_take(p, n); }

static void *take(WProc *p, size_t n) {
  void *at = block_take(p, ROUND(n));
  return at != NULL || p->build != NULL ? at : take_outside(p, n);
}

static void give(WProc *p, void *at, size_t n) {
  if (in_block(p, at)) block_give(p, at, ROUND(n));
  else if (n <= SMALL_MAX) page_give(p, at);
  else {
    unlink_large(p, (Large *)at - 1);
    free((Large *)at - 1);
  }
}

static void *resize(WProc *p, void *old, size_t osize, size_t nsize) {
  void *fresh;
  if (in_block(p, old)) {
    if (ROUND(osize) == ROUND(nsize)) return old;
    if (nsize < osize) {
      block_give(p, (char *)old + ROUND(nsize), ROUND(osize) - ROUND(nsize));
      return old;
    }
  } else if (osize > SMALL_MAX && nsize > SMALL_MAX)
    return large_resize(p, old, nsize);
  else if (osize <= SMALL_MAX && nsize <= SMALL_MAX && class_of(osize) == class_of(nsize))
    return old;
  fresh = take(p, nsize);
  if (fresh == NULL) return NULL;
  memcpy(fresh, old, osize < nsize ? osize : nsize);
  give(p, old, osize);
  return fresh;
}

void *w_allocate(void *ud, void *old, size_t osize, size_t nsize) {
  WProc *p = (WProc *)ud;
  size_t had = old == NULL ? 0 : osize;
  void *fresh;
  if (l_unlikely(p->build != NULL)) return w_build_allocate(p, old, osize, nsize);
  if (nsize == 0) {
    if (old != NULL) {
      p->used -= osize;
      if (l_likely(in_block(p, old))) block_give_as(p, old, ROUND(osize), 0);
      else give(p, old, osize);
    }
    return NULL;
  }
  if (nsize > had && p->used + (nsize - had) > p->limit && !p->in_rust) return NULL;
  if (old != NULL) fresh = resize(p, old, osize, nsize);
  else {
    fresh = block_take_as(p, ROUND(nsize), 0);
    if (fresh == NULL) fresh = take_outside(p, nsize);
  }
  if (l_unlikely(fresh == NULL)) {
    if (p->in_rust) abort(); /* no way to raise from here: a machine without memory has no way out */
    return NULL;
  }
  fit(p, fresh, nsize);
  p->used += nsize - had;
  return fresh;
}

/* The same inside the block only, for template.c. */
void *w_block_allocate(WProc *p, void *old, size_t osize, size_t nsize) {
  if (nsize == 0) {
    if (old != NULL) block_give(p, old, ROUND(osize));
    return NULL;
  }
  return old == NULL ? block_take(p, ROUND(nsize)) : resize(p, old, osize, nsize);
}

void w_memory_open(WProc *p, size_t size, size_t first) {
  p->block_size = (uint32_t)size;
  p->top = (uint32_t)ROUND(first);
  p->holes = 0;
  p->too_large = UINT32_MAX;
  p->small = NULL;
  p->large = NULL;
  W_SHUT((char *)p + p->top, size - p->top);
}

#ifdef W_SANITIZE_ADDRESS
void w_shut_holes(const WProc *p) {
  uint32_t at;
  for (at = p->holes; at != 0; at = HOLE(p, at)->next) W_SHUT(HOLE(p, at) + 1, HOLE(p, at)->size - sizeof(Hole));
}

int w_is_shut(const void *at) { return __asan_address_is_poisoned(at); }
#else
void w_shut_holes(const WProc *p) { (void)p; }
int w_is_shut(const void *at) { return (void)at, -1; }
#endif

void w_memory_close(WProc *p) {
  if (p->small != NULL) {
    Page *page = p->small->newest;
    while (page != NULL) {
      Page *older = page->older;
      w_block_give(page, PAGE);
      page = older;
    }
    free(p->small);
    p->small = NULL;
  }
  while (p->large != NULL) {
    Large *next = p->large->next;
    free(p->large);
    p->large = next;
  }
}
